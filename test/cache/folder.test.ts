import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { spawnSync } from 'bun';
import fc from 'fast-check';
import { cachedFetch } from '../../src/cache/cache.ts';
import { decodeEntry, encodeEntry } from '../../src/cache/entry.ts';
import {
  type CountingSource,
  countingSource,
  HOUR,
  ioWith,
  requestFor,
  temporaryFolder,
} from './support/setting.ts';

const clock = { now: Date.UTC(2026, 5, 1) };
const asRoot = test.skipIf(process.getuid?.() !== 0);
/** A container may forbid it even to root. */
const withMount = test.skipIf(!canMount());
let temporary: ReturnType<typeof temporaryFolder>;
let directory: string;
let source: CountingSource;

beforeEach(() => {
  temporary = temporaryFolder();
  directory = `${temporary.path}/cache`;
  source = countingSource(() => ({
    username: 'AWS',
    password: `token-${source.calls}`,
    expiresAt: clock.now + 12 * HOUR,
  }));
});
afterEach(() => temporary.remove());

const ask = () =>
  cachedFetch(
    source,
    'test',
    requestFor('reg.example.com', clock),
    { enabled: true, directory },
    ioWith(clock),
  );
const entryFile = () => {
  const name = readdirSync(directory).find(each => /^[0-9a-f]{32}$/.test(each));
  if (name === undefined) throw new Error('there is no entry');
  return `${directory}/${name}`;
};

async function expectUncached(reason: string): Promise<void> {
  expect(await ask()).toMatchObject({
    how: 'fetched',
    credential: { password: 'token-1' },
    uncached: reason,
  });
  expect(await ask()).toMatchObject({
    how: 'fetched',
    credential: { password: 'token-2' },
    uncached: reason,
  });
}

describe('a folder is not used, and every request is answered all the same, when', () => {
  test('it is a symbolic link', async () => {
    mkdirSync(`${temporary.path}/real`, { mode: 0o700 });
    symlinkSync(`${temporary.path}/real`, directory);
    await expectUncached(`${directory} is a symbolic link`);
    expect(readdirSync(`${temporary.path}/real`)).toEqual([]);
  });

  test('it is a file', async () => {
    writeFileSync(directory, '');
    await expectUncached(`${directory} is not a folder`);
  });

  test.each([0o770, 0o707, 0o722, 0o1777])('others may write it (%o)', async mode => {
    mkdirSync(directory);
    chmodSync(directory, mode);
    await expectUncached(`${directory} may be written by others (chmod 0700)`);
    expect(readdirSync(directory)).toEqual([]);
  });

  asRoot('it belongs to another user', async () => {
    mkdirSync(directory, { mode: 0o700 });
    chownSync(directory, 12345, 12345);
    await expectUncached(`${directory} belongs to user 12345, not to user 0`);
    expect(readdirSync(directory)).toEqual([]);
  });

  test('it cannot be made', async () => {
    writeFileSync(`${temporary.path}/file`, '');
    directory = `${temporary.path}/file/cache`;
    await expectUncached(`${directory}: ENOTDIR`);
  });

  test('the system does not say who one is', async () => {
    const io = { ...ioWith(clock), uid: undefined };
    const outcome = await cachedFetch(
      source,
      'test',
      requestFor('reg', clock),
      { enabled: true, directory },
      io,
    );
    expect(outcome).toMatchObject({ how: 'fetched', uncached: 'this system does not say who owns a file' });
  });
});

describe('on a small file system of its own', () => {
  const mounted = (options: string, use: () => Promise<void>) => async () => {
    mkdirSync(directory, { mode: 0o700 });
    mount(directory, options);
    try {
      await use();
    } finally {
      spawnSync(['umount', directory]);
    }
  };

  withMount(
    'a full disk means uncached',
    mounted('size=4k', async () => {
      writeFileSync(`${directory}/full`, 'x'.repeat(4096));
      await expectUncached(`${directory}: ENOSPC`);
      expect(readdirSync(directory)).toEqual(['full']);
    }),
  );

  withMount(
    'a disk without inodes means uncached',
    mounted('nr_inodes=2', async () => {
      writeFileSync(`${directory}/full`, '');
      await expectUncached(`${directory}: ENOSPC`);
    }),
  );

  withMount(
    'a disk that fills up keeps the token that it has, and makes room for none',
    mounted('size=8k', async () => {
      await ask();
      const kept = readFileSync(entryFile(), 'utf8');
      rmSync(`${directory}/swept`, { force: true });
      writeFileSync(`${directory}/full`, 'x'.repeat(4096));
      clock.now += 9 * HOUR;
      expect(await ask()).toMatchObject({ how: 'fetched', uncached: `${directory}: ENOSPC` });
      expect(readFileSync(entryFile(), 'utf8')).toBe(kept);
      clock.now -= 9 * HOUR;
    }),
  );

  withMount(
    'a folder that turned read-only is read, and not written',
    mounted('size=64k', async () => {
      await ask();
      expect(spawnSync(['mount', '-o', 'remount,ro', directory]).exitCode).toBe(0);
      expect(await ask()).toMatchObject({ how: 'cached', credential: { password: 'token-1' } });
      clock.now += 9 * HOUR;
      expect(await ask()).toMatchObject({ how: 'fetched', uncached: `${directory}: EROFS` });
      clock.now -= 9 * HOUR;
    }),
  );
});

describe('a file is ignored and replaced when', () => {
  beforeEach(async () => {
    await ask();
  });

  const expectReplaced = async () => {
    expect(await ask()).toMatchObject({ how: 'fetched', credential: { password: 'token-2' } });
    expect(await ask()).toMatchObject({ how: 'cached', credential: { password: 'token-2' } });
    expect(lstatSync(entryFile()).isFile()).toBe(true);
    expect(lstatSync(entryFile()).mode & 0o777).toBe(0o600);
  };

  test('it is a symbolic link, whose target stays as it is', async () => {
    const target = `${temporary.path}/target`;
    renameSync(entryFile(), target);
    const before = readFileSync(target, 'utf8');
    const name = decodeEntry(before)?.key.slice(0, 32);
    symlinkSync(target, `${directory}/${name}`);
    await expectReplaced();
    expect(readFileSync(target, 'utf8')).toBe(before);
  });

  asRoot('it belongs to another user', async () => {
    chownSync(entryFile(), 12345, 12345);
    await expectReplaced();
  });

  test.each([0o620, 0o602, 0o640, 0o604])('others may touch it (%o)', async mode => {
    chmodSync(entryFile(), mode);
    await expectReplaced();
  });

  test('it is empty', async () => {
    truncateSync(entryFile(), 0);
    await expectReplaced();
  });

  test('it is of a future version', async () => {
    const text = readFileSync(entryFile(), 'utf8');
    writeFileSync(entryFile(), text.replace('cache 1 ', 'cache 2 '));
    await expectReplaced();
  });

  test('it is another key’s', async () => {
    const entry = decodeEntry(readFileSync(entryFile(), 'utf8'));
    if (entry === undefined) throw new Error('the entry is damaged');
    writeFileSync(entryFile(), encodeEntry({ ...entry, key: 'f'.repeat(64) }));
    await expectReplaced();
  });

  test('it is huge', async () => {
    truncateSync(entryFile(), 64 * 1024 * 1024);
    await expectReplaced();
  });

  test('it is a pipe that nobody writes', async () => {
    const path = entryFile();
    rmSync(path);
    if (spawnSync(['mkfifo', '-m', '0600', path]).exitCode !== 0) return;
    await expectReplaced();
  });

  test('it holds any bytes at all', async () => {
    const path = entryFile();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async bytes => {
        writeFileSync(path, bytes);
        const calls = source.calls;
        expect((await ask()).how).toBe('fetched');
        expect(source.calls).toBe(calls + 1);
      }),
      { numRuns: 50 },
    );
  });

  test('any one byte of it is another, or it ends early', async () => {
    const path = entryFile();
    const whole = readFileSync(path);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(whole.length - 1),
        fc.integer({ min: 1, max: 255 }),
        fc.boolean(),
        async (at, by, cut) => {
          const damaged = Uint8Array.from(cut ? whole.subarray(0, at) : whole);
          if (!cut) damaged[at] = (damaged[at] ?? 0) ^ by;
          writeFileSync(path, damaged);
          expect((await ask()).how).toBe('fetched');
        },
      ),
      { numRuns: 100 },
    );
  });
});

test('a folder in the place of a file means uncached, and is left alone', async () => {
  await ask();
  const path = entryFile();
  rmSync(path);
  mkdirSync(path);
  expect(await ask()).toMatchObject({
    how: 'fetched',
    credential: { password: 'token-2' },
    uncached: expect.any(String),
  });
  expect(existsSync(path)).toBe(true);
});

function mount(path: string, options: string): boolean {
  const command = ['mount', '-t', 'tmpfs', '-o', `mode=0700,${options}`, 'tmpfs', path];
  return spawnSync(command, { stderr: 'ignore' }).exitCode === 0;
}

function canMount(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  const { path, remove } = temporaryFolder();
  const can = mount(path, 'size=4k');
  if (can) spawnSync(['umount', path]);
  remove();
  return can;
}
