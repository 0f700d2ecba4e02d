import { afterAll, afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { type Subprocess, spawn } from 'bun';
import type { Folder } from '../../src/cache/folder.ts';
import { type Attempt, type Busy, type Held, takeLock } from '../../src/cache/lock.ts';
import { command, runtimes } from './support/script.ts';
import { temporaryFolder } from './support/setting.ts';

const bundles = temporaryFolder();
afterAll(() => bundles.remove());

let temporary: ReturnType<typeof temporaryFolder>;
let folder: Folder;

beforeEach(() => {
  temporary = temporaryFolder();
  folder = { path: temporary.path, uid: process.getuid?.() ?? 0 };
});
afterEach(() => temporary.remove());

const held = (attempt: Attempt): Held => {
  if (!('release' in attempt)) throw new Error('the lock is not held');
  return attempt;
};
const busy = (attempt: Attempt): Busy => {
  if (!('watch' in attempt)) throw new Error('the lock is not busy');
  return attempt;
};

test('the second who asks watches the first, and learns when it is done', async () => {
  const first = held(await takeLock(folder, 'a', new Set()));
  const seen = new Set<string>();
  const second = busy(await takeLock(folder, 'a', seen));
  expect([...seen]).toEqual([first.flight]);
  first.release();
  await second.watch.ended;
  held(await takeLock(folder, 'a', new Set())).release();
});

test('locks of two names have nothing to do with each other', async () => {
  const a = held(await takeLock(folder, 'a', new Set()));
  const b = held(await takeLock(folder, 'b', new Set()));
  a.release();
  b.release();
});

test('nothing is left in the folder', async () => {
  const first = held(await takeLock(folder, 'a', new Set()));
  const second = busy(await takeLock(folder, 'a', new Set()));
  second.watch.stop();
  first.release();
  expect(readdirSync(folder.path)).toEqual([]);
});

test('giving it back twice does not take it from the next holder', async () => {
  const first = held(await takeLock(folder, 'a', new Set()));
  first.release();
  const second = held(await takeLock(folder, 'a', new Set()));
  first.release();
  busy(await takeLock(folder, 'a', new Set())).watch.stop();
  second.release();
});

test.each([
  ['an empty folder', () => {}],
  ['a file that is no socket', (lock: string) => writeFileSync(`${lock}/0123456789abcdef`, '')],
  ['several of them', (lock: string) => ['a', 'b', 'c'].map(name => writeFileSync(`${lock}/${name}`, ''))],
])('%s in its place is no holder', async (_, fill) => {
  const lock = `${folder.path}/a.lock`;
  mkdirSync(lock);
  fill(lock);
  const first = held(await takeLock(folder, 'a', new Set()));
  expect(readdirSync(lock)).toEqual([first.flight]);
  first.release();
});

test('a file in its place means no lock, and says why', async () => {
  writeFileSync(`${folder.path}/a.lock`, '');
  expect(await takeLock(folder, 'a', new Set())).toEqual({ reason: `${folder.path}: ENOTDIR` });
  expect(readdirSync(folder.path)).toEqual(['a.lock']);
});

test('one who was slow to clear away a dead holder cannot take the lock from a live one', async () => {
  const first = held(await takeLock(folder, 'a', new Set()));
  const dead = `${folder.path}/a.lock/${first.flight}`;
  first.release();
  const second = held(await takeLock(folder, 'a', new Set()));
  expect(() => renameSync(dead, `${folder.path}/gone`)).toThrow('ENOENT');
  busy(await takeLock(folder, 'a', new Set())).watch.stop();
  second.release();
});

test.skipIf(process.platform !== 'linux').each(runtimes)(
  'of eight processes that contend, some of them killed on the way, never two are inside (%s)',
  async runtime => {
    const run = command(runtime, 'contend', bundles.path);
    let taken = '';
    let enough = () => {};
    const done = new Promise<void>(resolve => {
      enough = resolve;
    });
    const start = () => {
      const contender = spawn([...run, folder.path], { stdout: 'pipe', stderr: 'inherit' });
      const reading = (async () => {
        for await (const chunk of contender.stdout) {
          const before = Math.floor(taken.length / 50);
          taken += new TextDecoder().decode(chunk);
          // Whoever just took it, as every fiftieth, may be inside still.
          if (Math.floor(taken.length / 50) > before) contender.kill('SIGKILL');
          if (taken.length >= 800) enough();
        }
        if (taken.length < 800) start();
      })();
      contenders.push({ contender, reading });
    };
    const contenders: { contender: Subprocess; reading: Promise<void> }[] = [];
    for (let i = 0; i < 8; i++) start();
    await done;
    for (const { contender } of contenders) contender.kill('SIGKILL');
    await Promise.all(contenders.flatMap(({ contender, reading }) => [contender.exited, reading]));
    expect(taken).not.toContain('!');
    expect(taken.length).toBeGreaterThanOrEqual(800);
  },
  60_000,
);
