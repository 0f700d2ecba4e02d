/** Programs of the test node: run to their end, or kept running with their output in a file. */

import { openSync, readdirSync, readFileSync } from 'node:fs';

/** Runs a program and gives what it printed; fails with its stderr. A Ctrl-C does not reach it. */
export async function run(command: readonly string[], cwd?: string): Promise<string> {
  const child = Bun.spawn([...command], {
    stdout: 'pipe',
    stderr: 'pipe',
    detached: true,
    ...(cwd && { cwd }),
  });
  const [output, errors] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  if ((await child.exited) !== 0) throw new Error(`${command.join(' ')} failed: ${errors}`);
  return output;
}

/** A program that runs until it is stopped; a Ctrl-C does not reach it, so that there is an order in the end. */
export class Service {
  readonly name: string;
  readonly #log: string;
  readonly #child: Bun.Subprocess;

  constructor(command: readonly string[], log: string, env: Readonly<Record<string, string>> = {}) {
    this.name = command[0] ?? '';
    this.#log = log;
    const file = openSync(log, 'a');
    this.#child = Bun.spawn([...command], {
      stdin: 'ignore',
      stdout: file,
      stderr: file,
      detached: true,
      env: { ...process.env, ...env },
    });
  }

  /** What it has printed. */
  get log(): string {
    return readFileSync(this.#log, 'utf8');
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Asks it to end, and makes it end after ten seconds. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 10_000);
    await this.#child.exited;
    clearTimeout(timer);
  }
}

/**
 * Waits until something holds; fails with what it was waiting for, or when the signal fires. `every` and `atMost` are
 * milliseconds.
 */
export async function until<T>(
  what: string,
  check: () => Promise<T | false | undefined> | T | false | undefined,
  { every = 200, atMost = 60_000, signal }: { every?: number; atMost?: number; signal?: AbortSignal } = {},
): Promise<T> {
  const end = Date.now() + atMost;
  for (;;) {
    signal?.throwIfAborted();
    const found = await check();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`waited ${atMost / 1000} s in vain until ${what}`);
    await Bun.sleep(every);
  }
}

/** A TCP port of the loopback that nobody uses now. */
export function freePort(): number {
  const server = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } });
  const { port } = server;
  server.stop(true);
  return port;
}

/** The processes whose command line holds one of these texts. */
export function processesWith(...texts: readonly string[]): { pid: number; command: string }[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(name => ({ pid: Number(name), command: commandLine(name) }))
    .filter(({ command }) => texts.some(text => command.includes(text)));
}

/** Empty where the process has ended meanwhile. */
function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}
