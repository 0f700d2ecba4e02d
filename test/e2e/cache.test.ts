/** The token cache as a node sees it: the built executable, started again and again beside clouds that count their calls. */

import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import fc from 'fast-check';
import { decodeEntry, encodeEntry } from '../../src/cache/entry.ts';
import { isEntryName } from '../../src/cache/store.ts';
import { parseDuration } from '../../src/duration.ts';
import { waiting } from '../cache/support/waiting.ts';
import { type AwsDouble, type AwsDoubleOptions, awsDouble, jsonError, nodeKeys } from '../support/aws.ts';
import { answerOf, executable, type Run, requestFor, runProgram } from '../support/executable.ts';
import { temporaryFolder } from '../support/folder.ts';
import { keys as tencentKeys } from '../support/tcr-request.ts';
import { startTencent } from '../support/tencent.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const folder = temporaryFolder();
const config = folder.write('config.json', {
  auths: { '*.dkr.ecr.*.amazonaws.com': { source: 'ecr' } },
});
const host = '123456789012.dkr.ecr.us-east-1.amazonaws.com';
const awsKeys = { AWS_ACCESS_KEY_ID: nodeKeys.accessKeyId, AWS_SECRET_ACCESS_KEY: nodeKeys.secretAccessKey };

let directory: string;
let doubles: AwsDouble[];
beforeEach(() => {
  directory = `${folder.path}/${crypto.randomUUID()}`;
  doubles = [];
});
afterEach(() => {
  for (const double of doubles) double.close();
});

function aws(options?: AwsDoubleOptions): AwsDouble {
  const double = awsDouble(options);
  doubles.push(double);
  return double;
}

/** One run for an image of the ECR registry. */
function pull(double: AwsDouble, image = 'app'): Promise<Run> {
  const env = { ...double.env, ...awsKeys, KEYRING_CACHE_DIR: directory, HOME: folder.path };
  return runProgram(['--config', config], { stdin: requestFor(`${host}/${image}`), env });
}

/** The passwords of an answer that came without a word on stderr. */
function passwords(run: Run): string[] {
  expect({ code: run.code, stderr: run.stderr }).toEqual({ code: 0, stderr: '' });
  return Object.values(answerOf(run).auth).map(({ password }) => password);
}

const fifty = Array.from({ length: 50 }, (_, i) => `team/app-${i}`);

describe('fifty images of one registry at once are one call, and fifty more are none', () => {
  test('of ECR', async () => {
    const double = aws({
      async fault() {
        await Bun.sleep(300);
        return undefined;
      },
    });
    for (const wave of [1, 2]) {
      const answers = await Promise.all(fifty.map(image => pull(double, image)));
      expect([wave, ...answers.flatMap(passwords)]).toEqual([wave, ...Array(50).fill(double.password())]);
      expect(double.calls.map(({ service }) => service)).toEqual(['ecr']);
    }
  }, 60_000);

  test('of TCR', async () => {
    const cloud = await startTencent();
    try {
      cloud.principals.set(tencentKeys.secretId, { secretKey: tencentKeys.secretKey, username: '1000' });
      cloud.instances.push({ id: 'tcr-abc123', name: 'team', region: 'ap-guangzhou', status: 'Running' });
      cloud.fail('CreateInstanceToken', { delay: 300 });
      const auths = { '*.tencentcloudcr.com': { source: 'tcr', endpoint: cloud.url } };
      const file = folder.write('tcr.json', { auths });
      const env = {
        TENCENTCLOUD_SECRET_ID: tencentKeys.secretId,
        TENCENTCLOUD_SECRET_KEY: tencentKeys.secretKey,
        KEYRING_CACHE_DIR: directory,
      };
      for (const wave of [1, 2]) {
        const answers = await Promise.all(
          fifty.map(image =>
            runProgram(['--config', file], { stdin: requestFor(`team.tencentcloudcr.com/${image}`), env }),
          ),
        );
        const given = answers.flatMap(passwords);
        expect([wave, given.length, ...new Set(given)]).toEqual([
          wave,
          50,
          ...(cloud.issued.get('1000') ?? []),
        ]);
        expect(cloud.actions()).toEqual(['DescribeInstances', 'CreateInstanceToken']);
      }
    } finally {
      await cloud.stop();
    }
  }, 60_000);
});

test.skipIf(process.platform !== 'linux')(
  'when the process that asks is killed, all ten that wait for it answer, with one call more',
  async () => {
    let asked = () => {};
    const holding = new Promise<void>(resolve => {
      asked = resolve;
    });
    const double = aws({
      fault(_, n) {
        if (n > 1) return undefined;
        asked();
        return new Promise(() => {});
      },
    });
    const holder = Bun.spawn([executable, '--config', config], {
      stdin: new TextEncoder().encode(requestFor(`${host}/first`)),
      stdout: 'ignore',
      env: { ...double.env, ...awsKeys, KEYRING_CACHE_DIR: directory },
    });
    await holding;
    const ten = fifty.slice(0, 10).map(image => pull(double, image));
    await waiting(10, directory);
    holder.kill('SIGKILL');
    const answers = await Promise.all(ten);
    expect(answers.flatMap(passwords)).toEqual(Array(10).fill(double.password()));
    expect(double.calls).toHaveLength(2);
  },
  60_000,
);

describe('a folder that cannot be used means an answer without the cache', () => {
  async function expectUncached(): Promise<void> {
    const double = aws();
    for (const calls of [1, 2]) {
      const answer = await pull(double);
      expect(passwords(answer)).toEqual([double.password()]);
      expect(double.calls).toHaveLength(calls);
    }
  }

  test('that others may write', async () => {
    mkdirSync(directory);
    chmodSync(directory, 0o777);
    await expectUncached();
  });

  test('of another user', async () => {
    if (process.getuid?.() === 0) {
      mkdirSync(directory, { mode: 0o700 });
      chownSync(directory, 65534, 65534);
    } else {
      directory = '/usr';
    }
    await expectUncached();
  });

  test('that is a symbolic link', async () => {
    const target = `${directory}-target`;
    mkdirSync(target, { mode: 0o700 });
    symlinkSync(target, directory);
    await expectUncached();
    expect(readdirSync(target)).toEqual([]);
  });

  test('that is a file', async () => {
    writeFileSync(directory, '');
    await expectUncached();
  });

  test('that cannot be made', async () => {
    directory = '/dev/null/cache';
    await expectUncached();
  });

  // A mount of its own: root may write wherever modes forbid it, and nobody fills a disk for a test.
  const canUnshare = Bun.which('unshare') !== null && process.getuid?.() === 0;
  const canMount = canUnshare && Bun.spawnSync(['unshare', '-r', '-m', 'true'], { stderr: 'ignore' }).success;
  test.skipIf(!canMount).each([
    ['that is read-only', 'ro', 'true', 2],
    ['on a full disk', 'size=8k', 'dd if=/dev/zero of="$0/filler" bs=4k 2>/dev/null', 2],
    ['on a disk without a free inode', 'nr_inodes=1', 'true', 2],
    ['and with room it is kept, so the rows above mean something', 'size=1m', 'true', 1],
  ])('%s', async (_, option, fill, calls) => {
    mkdirSync(directory, { mode: 0o700 });
    const double = aws();
    const request = folder.write('request.json', requestFor(`${host}/app`));
    const script = `mount -t tmpfs -o mode=700,${option} none "$0" || exit; ${fill}; "$@" <${request} && "$@" <${request}`;
    const command = ['unshare', '-r', '-m', 'sh', '-c', script, directory, executable];
    const env = { ...double.env, ...awsKeys, KEYRING_CACHE_DIR: directory };
    const carrier = { name: 'in a mount of its own', command };
    const { code, stdout, stderr } = await runProgram(['--config', config], { carrier, env });
    expect({ code, stderr, answers: stdout.match(/"password":"pass:ecr:/g)?.length }).toEqual({
      code: 0,
      stderr: '',
      answers: 2,
    });
    expect(double.calls).toHaveLength(calls);
  });

  test('files full of garbage are ignored and replaced', async () => {
    const double = aws();
    await pull(double);
    const whole = readFileSync(entryFile());
    const damage = fc.oneof(
      fc.uint8Array({ maxLength: 2000 }),
      fc.nat(whole.length - 1).map(length => whole.subarray(0, length)),
      fc.nat(whole.length - 1).map(at => whole.with(at, (whole[at] ?? 0) ^ 1)),
    );
    await fc.assert(
      fc.asyncProperty(damage, async bytes => {
        writeFileSync(entryFile(), bytes);
        const before = double.calls.length;
        expect(passwords(await pull(double))).toEqual([double.password()]);
        expect(passwords(await pull(double))).toEqual([double.password()]);
        expect(double.calls).toHaveLength(before + 1);
      }),
      { numRuns: 30 },
    );
  }, 60_000);
});

describe('a token of twelve hours', () => {
  let refusing: boolean;
  let double: AwsDouble;
  let first: string;
  beforeEach(async () => {
    refusing = false;
    double = aws({ fault: () => (refusing ? jsonError('AccessDeniedException') : undefined) });
    const run = await pull(double);
    first = double.password();
    const keep = parseDuration(answerOf(run).cacheDuration) ?? 0;
    expect(keep).toBeGreaterThan(6 * HOUR - MINUTE);
    expect(keep).toBeLessThanOrEqual(8 * HOUR);
  });

  test('is answered until its refresh point', async () => {
    age(5 * HOUR);
    expect(passwords(await pull(double))).toEqual([first]);
    expect(double.calls).toHaveLength(1);
  });

  test.each([9 * HOUR, 12 * HOUR - 1, 13 * HOUR])('is renewed when it is %i ms old', async milliseconds => {
    age(milliseconds);
    const [password] = passwords(await pull(double));
    expect(password).toBe(double.password());
    expect(password).not.toBe(first);
  });

  test('stands in for a cloud that refuses, for a minute, with a word on stderr', async () => {
    refusing = true;
    age(9 * HOUR);
    const run = await pull(double);
    expect(run.code).toBe(0);
    expect(answerOf(run).auth).toEqual({ [host]: { username: 'AWS', password: first } });
    expect(parseDuration(answerOf(run).cacheDuration) ?? HOUR).toBeLessThanOrEqual(MINUTE);
    expect(run.stderr).toMatch(/an older token stands in.*\[AccessDeniedException\]\n$/);
    expect(run.stderr).not.toContain(first);
  });

  test.each([
    ['close to its end', 12 * HOUR - 4 * MINUTE],
    ['past it', 12 * HOUR + 1],
  ])('is never answered %s, whatever the cloud says', async (_, milliseconds) => {
    refusing = true;
    age(milliseconds);
    expect(await pull(double)).toMatchObject({ code: 1, stdout: '' });
  });
});

function entryFile(): string {
  const names = readdirSync(directory).filter(isEntryName);
  expect(names).toHaveLength(1);
  return `${directory}/${names[0]}`;
}

/** Makes the kept token older, as if it had been asked for so many milliseconds earlier. */
function age(milliseconds: number): void {
  const entry = decodeEntry(readFileSync(entryFile(), 'utf8'));
  if (entry?.token === undefined) throw new Error('no token is kept');
  const { issued, refresh, expires, ...login } = entry.token;
  const [older, sooner, earlier] = [issued, refresh, expires].map(time => time - milliseconds);
  const token = { ...login, issued: older ?? 0, refresh: sooner ?? 0, expires: earlier ?? 0 };
  writeFileSync(entryFile(), encodeEntry({ ...entry, token }));
}
