import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { cachedFetch, peek } from '../../src/cache/cache.ts';
import { type Again, Fault } from '../../src/fault.ts';
import {
  type CountingSource,
  countingSource,
  HOUR,
  ioWith,
  MINUTE,
  requestFor,
  SECOND,
  temporaryFolder,
} from './support/setting.ts';

const clock = { now: 0 };
let temporary: ReturnType<typeof temporaryFolder>;
let directory: string;
let source: CountingSource;

beforeEach(() => {
  clock.now = Date.UTC(2026, 5, 1);
  temporary = temporaryFolder();
  directory = `${temporary.path}/cache`;
  source = countingSource(() => token('first'));
});
afterEach(() => temporary.remove());

const token = (password: string, life = 12 * HOUR) => ({
  username: 'AWS',
  password,
  expiresAt: clock.now + life,
});
const ask = (host = 'reg.example.com', timeout = 45 * SECOND) =>
  cachedFetch(source, 'test', requestFor(host, clock, timeout), { enabled: true, directory }, ioWith(clock));
const look = () =>
  peek(source, 'test', requestFor('reg.example.com', clock), { enabled: true, directory }, ioWith(clock));
const failing =
  (code: string, again: Again = {}) =>
  () => {
    throw new Fault(code, 'it said no', 'do something', again);
  };

describe('a token', () => {
  test('is fetched once, and kept until its refresh point', async () => {
    const fetched = await ask();
    expect(fetched).toMatchObject({ how: 'fetched', credential: { username: 'AWS', password: 'first' } });
    expect(fetched.goodUntil - clock.now).toBeGreaterThanOrEqual(6 * HOUR);
    expect(fetched.goodUntil - clock.now).toBeLessThanOrEqual(8 * HOUR);
    const expiresAt = clock.now + 12 * HOUR;
    clock.now = fetched.goodUntil - 1;
    expect(await ask()).toEqual({
      how: 'cached',
      credential: { username: 'AWS', password: 'first', expiresAt },
      goodUntil: fetched.goodUntil,
    });
    clock.now++;
    source.answer = () => token('second');
    expect(await ask()).toMatchObject({ how: 'fetched', credential: { password: 'second' } });
    expect(source.calls).toBe(2);
  });

  test('of one scope is not given to another', async () => {
    await ask('a.example.com');
    source.answer = () => token('second');
    expect(await ask('b.example.com')).toMatchObject({ credential: { password: 'second' } });
  });

  test('without an expiry is not written', async () => {
    source.answer = () => ({ username: 'AWS', password: 'first' });
    expect(await ask()).toMatchObject({ how: 'fetched', goodUntil: clock.now + 5 * MINUTE });
    expect(readdirSync(directory)).toEqual([]);
  });

  test('that has expired by this clock is answered, and neither kept here nor by the kubelet', async () => {
    source.answer = () => token('first', -HOUR);
    expect(await ask()).toMatchObject({
      how: 'fetched',
      goodUntil: clock.now,
      credential: { password: 'first' },
    });
    expect(readdirSync(directory)).toEqual([]);
  });

  test('lies in a file of mode 0600, in a folder of mode 0700, under a name that reveals nothing', async () => {
    await ask();
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    const names = readdirSync(directory);
    expect(names.filter(name => name !== 'swept')).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/)]);
    for (const name of names) expect(statSync(`${directory}/${name}`).mode & 0o777).toBe(0o600);
  });

  test('is kept in a folder that is made with its parents', async () => {
    directory = `${directory}/deep/er`;
    await ask();
    expect(await ask()).toMatchObject({ how: 'cached' });
  });

  test('is not kept when the cache is turned off', async () => {
    const off = { enabled: false, directory };
    const outcome = await cachedFetch(
      source,
      'test',
      requestFor('reg.example.com', clock),
      off,
      ioWith(clock),
    );
    expect(outcome.how).toBe('fetched');
    expect(outcome.uncached).toBeUndefined();
    expect(() => readdirSync(directory)).toThrow('ENOENT');
  });
});

describe('past the refresh point', () => {
  beforeEach(async () => {
    await ask();
    clock.now += 9 * HOUR;
  });

  test.each([
    ['refuses', failing('AccessDeniedException', { kind: 'refused' }), 'AccessDeniedException'],
    ['throttles', failing('ThrottlingException', { kind: 'throttled' }), 'ThrottlingException'],
    ['cannot be reached', failing('ECONNREFUSED'), 'ECONNREFUSED'],
    ['hangs', () => new Promise<never>(() => {}), 'Timeout'],
  ])('the old token is served for a minute when the cloud %s', async (_, answer, code) => {
    source.answer = answer;
    const outcome = await ask('reg.example.com', 200);
    expect(outcome).toMatchObject({
      how: 'stale',
      credential: { password: 'first' },
      goodUntil: clock.now + MINUTE,
    });
    expect(outcome.why?.code).toBe(code);
  });

  test('it is served again and again, and replaced as soon as the cloud answers', async () => {
    source.answer = failing('ECONNREFUSED');
    expect(await ask()).toMatchObject({ how: 'stale' });
    expect(await ask()).toMatchObject({ how: 'stale' });
    source.answer = () => token('second');
    expect(await ask()).toMatchObject({ how: 'fetched', credential: { password: 'second' } });
  });

  test('it is served without asking while a throttle is remembered', async () => {
    source.answer = failing('ThrottlingException', { kind: 'throttled', retryAfter: 20 * SECOND });
    await ask();
    const { calls } = source;
    clock.now += 19 * SECOND;
    const outcome = await ask();
    expect(outcome).toMatchObject({ how: 'stale', credential: { password: 'first' } });
    expect(outcome.why?.code).toBe('ThrottlingException');
    expect(source.calls).toBe(calls);
  });

  test('it is served up to five minutes before its end and no longer, and then forgotten', async () => {
    source.answer = failing('ECONNREFUSED');
    clock.now += 3 * HOUR - 5 * MINUTE;
    expect(await ask()).toMatchObject({ how: 'stale' });
    clock.now += 1;
    const outcome = await ask();
    expect(outcome).toMatchObject({ how: 'failed', credential: undefined });
    expect(outcome.fault?.code).toBe('ECONNREFUSED');
    for (const name of readdirSync(directory)) {
      expect(readFileSync(`${directory}/${name}`, 'utf8')).not.toContain('first');
    }
  });

  test('no minute of it reaches into the margin before the expiry', async () => {
    source.answer = failing('ECONNREFUSED');
    clock.now += 3 * HOUR - 5 * MINUTE;
    const outcome = await ask();
    expect(outcome.goodUntil).toBeLessThanOrEqual(clock.now + 4 * MINUTE);
  });
});

test('two who ask at once in one process make one call', async () => {
  const both = await Promise.all([ask(), ask()]);
  expect(both.map(({ how }) => how).sort()).toEqual(['fetched', 'waited']);
  expect(both.map(({ credential }) => credential?.password)).toEqual(['first', 'first']);
  expect(source.calls).toBe(1);
});

describe('a failure', () => {
  test('that is a definite refusal is remembered for ten seconds', async () => {
    source.answer = failing('AccessDeniedException', { kind: 'refused' });
    expect((await ask()).how).toBe('failed');
    const again = await ask();
    expect(again).toMatchObject({ how: 'refused', credential: undefined });
    expect(again.fault).toMatchObject({
      code: 'AccessDeniedException',
      what: 'it said no',
      hint: 'do something',
    });
    expect(source.calls).toBe(1);
    clock.now += 10 * SECOND;
    source.answer = () => token('first');
    expect(await ask()).toMatchObject({ how: 'fetched' });
  });

  test('that is a throttle is remembered for as long as the cloud said', async () => {
    source.answer = failing('ThrottlingException', { kind: 'throttled', retryAfter: 33 * SECOND });
    await ask();
    clock.now += 33 * SECOND - 1;
    expect((await ask()).how).toBe('refused');
    clock.now++;
    await ask();
    expect(source.calls).toBe(2);
  });

  test('that is none of these is not remembered', async () => {
    source.answer = failing('ECONNRESET');
    await ask();
    expect((await ask()).how).toBe('failed');
    expect(source.calls).toBe(2);
  });

  test('is forgotten under a clock that went back', async () => {
    source.answer = failing('AccessDeniedException', { kind: 'refused' });
    await ask();
    clock.now -= 24 * HOUR;
    await ask();
    expect(source.calls).toBe(2);
  });

  test('of the identity is an outcome too', async () => {
    source.identify = async () => {
      throw new Fault('NoIdentity', 'nobody', 'be somebody');
    };
    expect(await ask()).toMatchObject({ how: 'failed', fault: { code: 'NoIdentity' } });
  });

  test('that is no Fault is thrown, and leaves no lock behind', async () => {
    source.answer = () => {
      throw new TypeError('a bug');
    };
    await expect(ask()).rejects.toThrow('a bug');
    expect(readdirSync(directory)).toEqual([]);
  });

  test('of a source that has no credential is remembered like a refusal', async () => {
    source.answer = () => undefined;
    const { fetchMilliseconds, ...outcome } = await ask();
    expect(outcome).toEqual({ how: 'none', credential: undefined, goodUntil: clock.now + 10 * SECOND });
    expect(fetchMilliseconds).toBeNumber();
    expect(await ask()).toEqual(outcome);
    expect(source.calls).toBe(1);
  });

  test('of a source that hangs comes before the deadline', async () => {
    source.answer = () => new Promise<never>(() => {});
    const outcome = await ask('reg.example.com', 100);
    expect(outcome.fault?.code).toBe('Timeout');
  });
});

describe('when the clock jumps', () => {
  test.each([
    ['forward past the expiry', 13 * HOUR],
    ['forward by a year', 365 * 24 * HOUR],
    ['back by an hour', -HOUR],
    ['back by a year', -365 * 24 * HOUR],
  ])('%s, the token is neither cached nor stale', async (_, jump) => {
    await ask();
    clock.now += jump;
    source.answer = failing('ECONNREFUSED');
    expect(await ask()).toMatchObject({ how: 'failed', credential: undefined });
    source.answer = () => token('second');
    expect(await ask()).toMatchObject({ how: 'fetched', credential: { password: 'second' } });
    expect(await ask()).toMatchObject({ how: 'cached', credential: { password: 'second' } });
  });

  test('back by less than the margin, nothing happens', async () => {
    await ask();
    clock.now -= 30 * SECOND;
    expect(await ask()).toMatchObject({ how: 'cached' });
  });

  test('back while the source hangs, the wait still ends', async () => {
    source.answer = () => {
      clock.now -= 24 * HOUR;
      return new Promise<never>(() => {});
    };
    expect((await ask('reg.example.com', 100)).fault?.code).toBe('Timeout');
  });

  test('forward while the source answers, its token is judged by the new time', async () => {
    source.answer = () => {
      const kept = token('first', HOUR);
      clock.now += 2 * HOUR;
      return kept;
    };
    expect(await ask()).toMatchObject({ how: 'fetched', goodUntil: clock.now });
  });
});

describe('peek', () => {
  test('finds nothing, and makes no folder', async () => {
    expect(await look()).toEqual({ state: 'none' });
    expect(() => readdirSync(directory)).toThrow('ENOENT');
  });

  test('tells the times of a token and not the token', async () => {
    const issued = clock.now;
    const { goodUntil } = await ask();
    clock.now += MINUTE;
    expect(await look()).toEqual({ state: 'fresh', issued, refresh: goodUntil, expires: issued + 12 * HOUR });
    clock.now += 9 * HOUR;
    expect((await look()).state).toBe('stale');
    clock.now += 9 * HOUR;
    expect(await look()).toEqual({ state: 'none' });
    expect(source.calls).toBe(1);
  });

  test('tells a refusal', async () => {
    source.answer = failing('AccessDeniedException', { kind: 'refused' });
    await ask();
    expect(await look()).toEqual({ state: 'refused' });
  });

  test('tells why the folder is of no use', async () => {
    mkdirSync(directory, { mode: 0o777 });
    chmodSync(directory, 0o777);
    expect(await look()).toEqual({
      state: 'none',
      uncached: `${directory} may be written by others (chmod 0700)`,
    });
  });
});
