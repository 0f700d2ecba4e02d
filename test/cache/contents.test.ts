import { afterEach, beforeEach, expect, test } from 'bun:test';
import { chmodSync, readdirSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { cachedFetch } from '../../src/cache/cache.ts';
import { clearCache, type Listed, listCache } from '../../src/cache/contents.ts';
import { remember } from '../../src/cache/remember.ts';
import { Fault } from '../../src/fault.ts';
import {
  countingSource,
  HOUR,
  ioWith,
  MINUTE,
  requestFor,
  SECOND,
  temporaryFolder,
} from './support/setting.ts';

const clock = { now: 0 };
const io = ioWith(clock);
let temporary: ReturnType<typeof temporaryFolder>;
let settings: { enabled: boolean; directory: string };

beforeEach(() => {
  clock.now = Date.UTC(2026, 5, 1);
  temporary = temporaryFolder();
  settings = { enabled: true, directory: `${temporary.path}/cache` };
});
afterEach(() => temporary.remove());

const source = countingSource(() => ({
  username: 'AWS',
  password: 's3cret',
  expiresAt: clock.now + 12 * HOUR,
}));
const keep = (host: string) => cachedFetch(source, 'ecr', requestFor(host, clock), settings, io);
const listed = (): Listed[] => {
  const list = listCache(settings, io);
  if ('reason' in list) throw new Error(list.reason);
  return list;
};
const entries = () => readdirSync(settings.directory).filter(name => name !== 'swept');

test('nothing is listed of a folder that is missing, and none is made', () => {
  expect(listCache(settings, io)).toEqual([]);
  expect(clearCache(settings, io, () => true)).toEqual([]);
  expect(readdirSync(temporary.path)).toEqual([]);
});

test('a folder that cannot be used says why', async () => {
  await keep('a.example.com');
  chmodSync(settings.directory, 0o777);
  const reason = `${settings.directory} may be written by others (chmod 0700)`;
  expect(listCache(settings, io)).toEqual({ reason });
  expect(clearCache(settings, io, () => true)).toEqual({ reason });
});

test('tokens are listed by their scope, with their times and without their secret', async () => {
  await keep('b.example.com');
  const { goodUntil } = await keep('a.example.com');
  const list = listed();
  expect(list.map(({ scope }) => scope)).toEqual(['a.example.com', 'b.example.com']);
  expect(list[0]).toEqual({
    name: expect.stringMatching(/^[0-9a-f]{32}$/),
    source: 'ecr',
    who: 'role/pull',
    scope: 'a.example.com',
    host: 'a.example.com',
    kind: 'token',
    state: 'fresh',
    issued: clock.now,
    refresh: goodUntil,
    expires: clock.now + 12 * HOUR,
  });
  expect(JSON.stringify(list)).not.toContain('s3cret');
  clock.now += 9 * HOUR;
  expect(listed().map(({ state }) => state)).toEqual(['stale', 'stale']);
});

test('failures and facts are listed too', async () => {
  const failing = countingSource(() => {
    throw new Fault('AccessDeniedException', 'it said no', 'do something', { kind: 'refused' });
  });
  await cachedFetch(failing, 'tcr', requestFor('c.example.com', clock), settings, io);
  await remember(
    { source: 'tcr', who: 'AKID', scope: 'd.example.com' },
    HOUR,
    settings,
    io,
    async () => 'tcr-1',
  );
  expect(listed()).toMatchObject([
    {
      scope: 'c.example.com',
      kind: 'failure',
      failure: 'AccessDeniedException',
      expires: clock.now + 10 * SECOND,
    },
    { scope: 'd.example.com', kind: 'fact', state: 'fresh', expires: clock.now + HOUR },
  ]);
});

test('what is chosen is cleared, the rest stays, and what cannot be read goes', async () => {
  await keep('a.example.com');
  await keep('b.example.com');
  const [a] = listed();
  writeFileSync(`${settings.directory}/${'0'.repeat(32)}`, 'garbage', { mode: 0o600 });
  writeFileSync(`${settings.directory}/notes.txt`, 'not ours');
  expect(clearCache(settings, io, ({ scope }) => scope === 'a.example.com')).toEqual(a ? [a] : []);
  expect(listed().map(({ scope }) => scope)).toEqual(['b.example.com']);
  expect(entries()).toHaveLength(2);
  expect(entries()).toContain('notes.txt');
});

test('a fact is found once in its lifetime, and by another identity again', async () => {
  let found = 0;
  const find = async () => `tcr-${++found}`;
  const subject = { source: 'tcr', who: 'AKID', scope: 'team.tencentcloudcr.com' };
  expect(await remember(subject, 24 * HOUR, settings, io, find)).toBe('tcr-1');
  clock.now += 24 * HOUR - 1;
  expect(await remember(subject, 24 * HOUR, settings, io, find)).toBe('tcr-1');
  expect(await remember({ ...subject, who: 'other' }, 24 * HOUR, settings, io, find)).toBe('tcr-2');
  clock.now += 1;
  expect(await remember(subject, 24 * HOUR, settings, io, find)).toBe('tcr-3');
  clock.now -= 48 * HOUR;
  expect(await remember(subject, 24 * HOUR, settings, io, find)).toBe('tcr-4');
});

test('a fact that could not be found is not remembered, and neither is one without a folder', async () => {
  const subject = { source: 'tcr', who: 'AKID', scope: 'team.tencentcloudcr.com' };
  const failing = () => Promise.reject(new Fault('X', 'it failed', 'try again'));
  await expect(remember(subject, HOUR, settings, io, failing)).rejects.toThrow('it failed');
  expect(await remember(subject, HOUR, settings, io, async () => 'tcr-1')).toBe('tcr-1');
  const off = { ...settings, enabled: false };
  expect(await remember(subject, HOUR, off, io, async () => 'tcr-2')).toBe('tcr-2');
});

test('a fetch clears away what was of use to nobody for ten minutes, and leaves the rest', async () => {
  await keep('a.example.com');
  const [name] = entries();
  for (const left of ['f'.repeat(32), '.0123456789abcdef']) {
    writeFileSync(`${settings.directory}/${left}`, '');
    utimesSync(`${settings.directory}/${left}`, clock.now / 1000, clock.now / 1000);
  }
  clock.now += 11 * MINUTE;
  await keep('b.example.com');
  expect(entries()).toHaveLength(2);
  expect(entries()).toContain(name ?? '');
});

test('only so many files are looked at in passing, and not again within ten minutes', async () => {
  await keep('a.example.com');
  const old = clock.now / 1000;
  for (let i = 0; i < 2000; i++) {
    const path = `${settings.directory}/${i.toString(16).padStart(32, '0')}`;
    writeFileSync(path, '');
    utimesSync(path, old, old);
  }
  clock.now += 11 * MINUTE;
  await keep('b.example.com');
  const left = entries().length;
  expect(left).toBeLessThan(1600);
  expect(left).toBeGreaterThan(1400);
  await keep('c.example.com');
  expect(entries()).toHaveLength(left + 1);
  for (let i = 0; i < 200 && entries().length > 3; i++) {
    clock.now += 10 * MINUTE;
    await keep(`later-${i}.example.com`);
  }
  expect(entries().filter(name => name.startsWith('00000'))).toEqual([]);
});

test('a marker from the future does not stop the clearing for good', async () => {
  await keep('a.example.com');
  truncateSync(`${settings.directory}/swept`);
  writeFileSync(`${settings.directory}/swept`, String(clock.now + 365 * 24 * HOUR));
  const left = `${settings.directory}/${'f'.repeat(32)}`;
  writeFileSync(left, '');
  utimesSync(left, clock.now / 1000, clock.now / 1000);
  clock.now += 11 * MINUTE;
  await keep('b.example.com');
  expect(entries()).not.toContain('f'.repeat(32));
});
