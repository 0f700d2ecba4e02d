/** The executable, built anew where a source is newer than it. */

import { join } from 'node:path';
import { executable } from './executable.ts';

let ready: Promise<string> | undefined;

/** Its path. */
export function builtExecutable(): Promise<string> {
  ready ??= build();
  return ready;
}

async function build(): Promise<string> {
  const command = [process.execPath, join(import.meta.dir, '../../scripts/build.ts'), '--if-needed'];
  const run = Bun.spawn(command, { stdout: 'ignore', stderr: 'inherit' });
  if ((await run.exited) !== 0) throw new Error('the build failed');
  return executable;
}
