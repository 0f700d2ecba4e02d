import { afterAll, afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdirSync, readdirSync } from 'node:fs';
import { type Asking, answerOfProcess, type Cloud, startCloud, startProcess } from './support/cloud.ts';
import { command, type Runtime, runtimes } from './support/script.ts';
import { HOUR, temporaryFolder } from './support/setting.ts';
import { waiting } from './support/waiting.ts';

const onLinux = test.skipIf(process.platform !== 'linux');
const token = (password: string) =>
  Response.json({ username: 'AWS', password, expiresAt: Date.now() + 12 * HOUR });

const bundles = temporaryFolder();
afterAll(() => bundles.remove());

let folder: ReturnType<typeof temporaryFolder>;
let directory: string;
let cloud: Cloud;
let started: Asking[];

beforeEach(() => {
  folder = temporaryFolder();
  directory = `${folder.path}/cache`;
  started = [];
});

afterEach(async () => {
  for (const asking of started) asking.kill('SIGKILL');
  await Promise.all(started.map(asking => asking.exited));
  cloud.stop();
  folder.remove();
});

function start(count: number, timeout?: number, runtime: Runtime = 'bun'): Asking[] {
  const run = command(runtime, 'ask', bundles.path);
  const more = Array.from({ length: count }, () => startProcess(run, cloud, directory, timeout));
  started.push(...more);
  return more;
}

test('fifty processes at once make one call, get equal answers, and the next fifty make none', async () => {
  let release = () => {};
  const released = new Promise<void>(resolve => {
    release = resolve;
  });
  cloud = startCloud(async call => {
    await released;
    return token(`token-${call}`);
  });
  const first = start(50);
  await cloud.called(1);
  if (process.platform === 'linux') await waiting(49, directory);
  release();
  const answers = await Promise.all(first.map(answerOfProcess));
  expect(answers.map(({ password }) => password)).toEqual(Array(50).fill('token-1'));
  expect(answers.filter(({ how }) => how === 'fetched')).toHaveLength(1);
  const second = await Promise.all(start(50).map(answerOfProcess));
  expect(second).toEqual(Array(50).fill({ how: 'cached', password: 'token-1' }));
  expect(cloud.calls).toBe(1);
  expect(readdirSync(directory).filter(name => /lock|^\./.test(name))).toEqual([]);
}, 60_000);

onLinux.each(runtimes)(
  'when the process that asks is killed, one of the ten that wait takes over and all ten answer (%s)',
  async runtime => {
    cloud = startCloud(call => (call === 1 ? new Promise(() => {}) : token(`token-${call}`)));
    const [holder] = start(1, undefined, runtime);
    await cloud.called(1);
    const ten = start(10, undefined, runtime);
    await waiting(10, directory);
    holder?.kill('SIGKILL');
    const answers = await Promise.all(ten.map(answerOfProcess));
    expect(answers.map(({ password }) => password)).toEqual(Array(10).fill('token-2'));
    expect(cloud.calls).toBe(2);
  },
  60_000,
);

onLinux(
  'a chain of killed processes hands the question on until one lives',
  async () => {
    cloud = startCloud(call => (call <= 2 ? new Promise(() => {}) : token(`token-${call}`)));
    const [first] = start(1);
    await cloud.called(1);
    const [second] = start(1);
    await waiting(1, directory);
    first?.kill('SIGKILL');
    await cloud.called(2);
    const five = start(5);
    await waiting(5, directory);
    second?.kill('SIGKILL');
    const answers = await Promise.all(five.map(answerOfProcess));
    expect(answers.map(({ password }) => password)).toEqual(Array(5).fill('token-3'));
    expect(cloud.calls).toBe(3);
  },
  60_000,
);

onLinux(
  'the failure of one call is the failure of all who waited for it, even when it is not remembered',
  async () => {
    let release = () => {};
    const released = new Promise<void>(resolve => {
      release = resolve;
    });
    cloud = startCloud(async () => {
      await released;
      return new Response('ServiceUnavailable', { status: 503 });
    });
    const ten = start(10);
    await cloud.called(1);
    await waiting(9, directory);
    release();
    const answers = await Promise.all(ten.map(answerOfProcess));
    expect(answers).toEqual(Array(10).fill({ how: 'failed', code: 'ServiceUnavailable' }));
    expect(cloud.calls).toBe(1);
    cloud.answer = () => token('later');
    const [next] = await Promise.all(start(1).map(answerOfProcess));
    expect(next).toEqual({ how: 'fetched', password: 'later' });
  },
  60_000,
);

onLinux(
  'who has waited as long as the deadline allows goes on alone',
  async () => {
    cloud = startCloud(call => (call === 1 ? new Promise(() => {}) : token(`token-${call}`)));
    start(1);
    await cloud.called(1);
    const [impatient] = start(1, 1500);
    await waiting(1, directory);
    expect(impatient && (await answerOfProcess(impatient))).toEqual({ how: 'fetched', password: 'token-2' });
  },
  60_000,
);

onLinux(
  'a stopped process holds nobody up for longer than that',
  async () => {
    cloud = startCloud(call => token(`token-${call}`));
    let release = () => {};
    cloud.answer = call =>
      call === 1 ? new Promise(resolve => (release = () => resolve(token('late')))) : token(`token-${call}`);
    const [holder] = start(1);
    await cloud.called(1);
    holder?.kill('SIGSTOP');
    const [impatient] = start(1, 1500);
    await waiting(1, directory);
    expect(impatient && (await answerOfProcess(impatient))).toEqual({ how: 'fetched', password: 'token-2' });
    release();
    holder?.kill('SIGCONT');
    expect(holder && (await answerOfProcess(holder))).toEqual({ how: 'fetched', password: 'late' });
  },
  60_000,
);

onLinux(
  'a folder whose path is too long for a socket has its lock all the same',
  async () => {
    directory = `${folder.path}/${'a-long-name-'.repeat(8)}`;
    mkdirSync(directory, { mode: 0o700 });
    let release = () => {};
    const released = new Promise<void>(resolve => {
      release = resolve;
    });
    cloud = startCloud(async call => {
      await released;
      return token(`token-${call}`);
    });
    const ten = start(10);
    await cloud.called(1);
    await waiting(9, directory);
    release();
    const answers = await Promise.all(ten.map(answerOfProcess));
    expect(answers.map(({ uncached }) => uncached)).toEqual(Array(10).fill(undefined));
    expect(answers.map(({ password }) => password)).toEqual(Array(10).fill('token-1'));
    expect(cloud.calls).toBe(1);
  },
  60_000,
);

onLinux.skipIf(runtimes.length < 2)(
  'the executable and the portable file wait for each other',
  async () => {
    let release = () => {};
    const released = new Promise<void>(resolve => {
      release = resolve;
    });
    cloud = startCloud(async call => {
      await released;
      return token(`token-${call}`);
    });
    const asking = [...start(3, undefined, 'node'), ...start(3, undefined, 'bun')];
    await cloud.called(1);
    await waiting(5, directory);
    release();
    const answers = await Promise.all(asking.map(answerOfProcess));
    expect(answers.map(({ password }) => password)).toEqual(Array(6).fill('token-1'));
    expect(cloud.calls).toBe(1);
  },
  60_000,
);
