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
  const other = readOther();
  await Bun.write(Bun.stdout, other === '' || !runs(other) ? '.' : '!');
  writeFileSync(inside, String(process.pid));
  await Bun.sleep(0);
  rmSync(inside);
  attempt.release();
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
