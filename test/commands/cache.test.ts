import { afterEach, beforeEach, expect, test } from 'bun:test';
import { chmodSync, writeFileSync } from 'node:fs';
import { cachedFetch } from '../../src/cache/cache.ts';
import { run } from '../../src/cli.ts';
import type { Io, Output } from '../../src/io/io.ts';
import { countingSource, HOUR, ioWith, requestFor, temporaryFolder } from '../cache/support/setting.ts';

const clock = { now: 0 };
let temporary: ReturnType<typeof temporaryFolder>;
let directory: string;
let config: string;

beforeEach(() => {
  clock.now = Date.UTC(2026, 5, 1);
  temporary = temporaryFolder();
  directory = `${temporary.path}/cache`;
  config = `${temporary.path}/config.json`;
  writeFileSync(config, JSON.stringify({ auths: {}, cache: { directory } }), { mode: 0o600 });
});
afterEach(() => temporary.remove());

const source = countingSource(() => ({
  username: 'AWS',
  password: 's3cret',
  expiresAt: clock.now + 12 * HOUR,
}));
const keep = (host: string) =>
  cachedFetch(source, 'ecr', requestFor(host, clock), { enabled: true, directory }, ioWith(clock));

async function cache(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const written = { stdout: '', stderr: '' };
  const output = (name: 'stdout' | 'stderr'): Output => ({
    write: async text => {
      written[name] += text;
    },
    isTerminal: async () => false,
  });
  const { io: real } = await import('../../src/io/bun.ts');
  const io: Io = {
    ...real,
    env: {},
    stdout: output('stdout'),
    stderr: output('stderr'),
    now: () => clock.now,
  };
  const code = await run(['--config', config, 'cache', ...args], io);
  return { code, ...written };
}

test('an empty cache is listed as empty', async () => {
  expect(await cache('list')).toEqual({ code: 0, stdout: 'the token cache is empty\n', stderr: '' });
  expect(await cache('list', '--json')).toEqual({ code: 0, stdout: '', stderr: '' });
});

test('a list shows registry, identity and times, and no secret', async () => {
  await keep('a.example.com');
  clock.now += HOUR;
  const { stdout } = await cache('list');
  expect(stdout).toMatch(/source +registry +identity +state +age +refresh in +expires in/);
  expect(stdout).toMatch(/ecr +a\.example\.com +role\/pull +token, fresh +1h0m0s +[56]h\d+m\d+s +11h0m0s/);
  expect(stdout).not.toContain('s3cret');
});

test('--json prints one object a line, and no secret', async () => {
  await keep('a.example.com');
  await keep('b.example.com');
  const { stdout } = await cache('list', '--json');
  const hosts = stdout.trimEnd().split('\n');
  expect(hosts.map(line => JSON.parse(line).host)).toEqual(['a.example.com', 'b.example.com']);
  expect(stdout).not.toContain('s3cret');
});

test.each([
  ['a.example.com', 1, 2],
  ['*.example.com', 2, 1],
  ['?.example.com', 2, 1],
  ['[a-b].example.*', 2, 1],
  ['ecr', 3, 0],
  ['role/pull', 3, 0],
  ['example.com', 0, 3],
])('clear %s drops %i and leaves %i', async (pattern, dropped, left) => {
  for (const host of ['a.example.com', 'b.example.com', 'other.test']) await keep(host);
  const { code, stdout } = await cache('clear', pattern, '--json');
  expect(code).toBe(0);
  expect(stdout.split('\n')).toHaveLength(dropped + 1);
  expect((await cache('list', '--json')).stdout.split('\n')).toHaveLength(left + 1);
});

test('clear without a pattern drops all, and says how many', async () => {
  await keep('a.example.com');
  await keep('b.example.com');
  expect(await cache('clear')).toEqual({ code: 0, stdout: 'dropped 2 entries\n', stderr: '' });
  expect((await cache('list')).stdout).toBe('the token cache is empty\n');
});

test.each([[[]], [['drop']], [['list', 'x']], [['clear', 'x', 'y']], [['clear', '[a']]])(
  '%j is a usage error',
  async args => {
    const { code, stdout, stderr } = await cache(...args);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('[usage]');
  },
);

test('a folder that cannot be used is told, with the reason', async () => {
  await keep('a.example.com');
  chmodSync(directory, 0o777);
  const { code, stderr } = await cache('list');
  expect(code).toBe(2);
  expect(stderr).toContain(`${directory} may be written by others`);
});
