/** Runs a program to its end, bounded in time and output. Loads what it needs only when a program is run. */

import type { RunCommand, RunResult } from './io.ts';

/** Milliseconds to read on after a program has ended. */
const drainTime = 250;

/** The program gets its own process group, so that what it started ends with it. */
export async function run(command: RunCommand): Promise<RunResult> {
  const { spawn } = await import('node:child_process');
  return new Promise((resolve, reject) => {
    const child = spawn(command.program, command.args, { stdio: ['pipe', 'pipe', 'ignore'], detached: true });
    const chunks: Uint8Array[] = [];
    let size = 0;
    let outcome: RunResult['outcome'] = 'exited';
    let draining: ReturnType<typeof setTimeout> | undefined;

    const end = (why: RunResult['outcome']): void => {
      if (outcome !== 'exited') return;
      outcome = why;
      killGroup(child.pid);
      finish(undefined);
    };
    const onAbort = (): void => end('aborted');
    const finish = (code: number | undefined): void => {
      command.signal.removeEventListener('abort', onAbort);
      clearTimeout(draining);
      child.stdout.destroy();
      const stdout = decode(Buffer.concat(chunks));
      resolve({ code, stdout: stdout ?? '', outcome: stdout === undefined ? 'no text' : outcome });
    };

    child.on('error', error => {
      command.signal.removeEventListener('abort', onAbort);
      reject(error);
    });
    child.on('close', code => finish(code ?? undefined));
    // What it started may hold its stdout open for ever; what it wrote itself is in the pipe already.
    child.on('exit', code => {
      draining = setTimeout(() => finish(code ?? undefined), drainTime);
    });
    child.stdout.on('data', (chunk: Uint8Array) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > command.limit) end('too much output');
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(command.input);
    command.signal.addEventListener('abort', onAbort);
    if (command.signal.aborted) onAbort();
  });
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
