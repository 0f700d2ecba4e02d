/** Runs commands by turns through a small C program and sums up their time and memory. */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

export interface Job {
  readonly name: string;
  readonly command: readonly string[];
  /** A file for stdin. */
  readonly input: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Processes started at once, one unless given. */
  readonly atOnce?: number;
  /** A folder that is emptied before each run. */
  readonly empty?: string;
}

/** Milliseconds, and MiB of the largest process; for several at once the sum of their CPU time and the time of all. */
export interface Measured {
  readonly name: string;
  readonly wall: number;
  /** The middle half of the runs lies between these two. */
  readonly spread: readonly [number, number];
  readonly cpu: number;
  readonly peak: number;
  /** Page faults, the fewest of all runs: they follow the work that is done, and a busy machine hardly changes them. */
  readonly faults: number;
  /** Processes that failed, of all runs. */
  readonly failed: number;
}

/** Takes the jobs by turns, so that a busy moment of the machine hits all of them alike. */
export async function measure(jobs: readonly Job[], runs: number, cache: string): Promise<Measured[]> {
  const launcher = Bun.spawn([compileLauncher(cache), String(runs)], {
    stdin: new Blob([jobs.map(describe).join('')]),
    stdout: 'pipe',
    stderr: 'inherit',
  });
  const lines = (await new Response(launcher.stdout).text()).trim().split('\n');
  const rows = lines.map(line => line.split(' ').map(Number));
  return jobs.map((job, i) =>
    summary(
      job.name,
      rows.filter(([number]) => number === i),
    ),
  );
}

function describe({ input, command, env = {}, atOnce = 1, empty }: Job): string {
  const lines = [`= ${input}`, `* ${atOnce}`, ...(empty === undefined ? [] : [`- ${empty}`])];
  const variables = Object.entries(env).map(([name, value]) => `$ ${name}=${value}`);
  return [...lines, ...command.map(word => `+ ${word}`), ...variables, ''].join('\n');
}

function compileLauncher(cache: string): string {
  mkdirSync(cache, { recursive: true });
  const program = join(cache, 'launcher');
  const source = join(import.meta.dir, 'launcher.c');
  const { success, stderr } = Bun.spawnSync(['cc', '-O2', '-o', program, source], { stderr: 'pipe' });
  if (!success) throw new Error(`the launcher needs a C compiler:\n${stderr.toString()}`);
  return program;
}

function summary(name: string, rows: readonly (readonly number[])[]): Measured {
  const column = (at: number): number[] => rows.map(row => row[at] ?? Number.NaN);
  const wall = column(1);
  return {
    name,
    wall: quantile(wall, 0.5),
    spread: [quantile(wall, 0.25), quantile(wall, 0.75)],
    cpu: quantile(column(2), 0.5),
    peak: Math.max(...column(3)) / 1024,
    faults: Math.min(...column(4)),
    failed: column(5).reduce((sum, value) => sum + value, 0),
  };
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
}
