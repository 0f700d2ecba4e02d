/** Runs a program to its end, bounded in time and output. Loads what it needs only when a program is run. */

import type { RunCommand, RunResult } from './io.ts';

/** The program gets its own process group, so that what it started ends with it. */
export async function run(command: RunCommand): Promise<RunResult> {
  const { spawn } = await import('node:child_process');
  return new Promise((resolve, reject) => {
    const child = spawn(command.program, command.args, { stdio: ['pipe', 'pipe', 'ignore'], detached: true });
    const chunks: Uint8Array[] = [];
    let size = 0;
    let outcome: RunResult['outcome'] = 'exited';

    const end = (why: RunResult['outcome']): void => {
      if (outcome !== 'exited') return;
      outcome = why;
      killGroup(child.pid);
      finish(undefined);
    };
    const onAbort = (): void => end('aborted');
    const finish = (code: number | undefined): void => {
      command.signal.removeEventListener('abort', onAbort);
      child.stdout.destroy();
      resolve({ code, stdout: Buffer.concat(chunks).toString('utf8'), outcome });
    };

    child.on('error', error => {
      command.signal.removeEventListener('abort', onAbort);
      reject(error);
    });
    child.on('close', code => finish(code ?? undefined));
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

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
