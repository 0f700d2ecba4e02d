/** A process that takes the lock in argv[2] again and again, prints a dot each time, and `!` when it finds another one inside. */

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { takeLock } from '../../../src/cache/lock.ts';

const [, , path = ''] = process.argv;
const folder = { path, uid: process.getuid?.() ?? 0 };
const inside = `${path}/inside`;

for (;;) {
  const attempt = await takeLock(folder, 'contended', new Set());
  if ('reason' in attempt) throw new Error(attempt.reason);
  if ('watch' in attempt) {
    await attempt.watch.ended;
    attempt.watch.stop();
    continue;
  }
  await print((await anotherIsInside()) ? '!' : '.');
  writeFileSync(inside, String(process.pid));
  await new Promise(resolve => setTimeout(resolve, 0));
  rmSync(inside);
  attempt.release();
}

/** Who was killed inside left its number there, and may take a moment to be gone after the kernel closed its socket. */
async function anotherIsInside(): Promise<boolean> {
  const other = readOther();
  while (other !== '' && runs(other)) {
    if (readOther() !== other) return true;
    await new Promise(resolve => setTimeout(resolve, 1));
  }
  return false;
}

function readOther(): string {
  try {
    return readFileSync(inside, 'utf8');
  } catch {
    return '';
  }
}

function runs(pid: string): boolean {
  try {
    // A killed process that its parent has not yet waited for is no longer inside.
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

function print(text: string): Promise<void> {
  return new Promise(resolve => process.stdout.write(text, () => resolve()));
}
