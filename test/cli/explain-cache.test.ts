/** What `explain` says of a kept token: that it is there and how old it is, and not what it is. */

import { afterAll, expect, test } from 'bun:test';
import { chmodSync } from 'node:fs';
import { awsDouble, jsonError, nodeKeys } from '../support/aws.ts';
import { requestFor, runProgram } from '../support/executable.ts';
import { temporaryFolder } from '../support/folder.ts';

const folder = temporaryFolder();
const host = '123456789012.dkr.ecr.us-east-1.amazonaws.com';
const config = folder.write('config.json', {
  auths: { '*.dkr.ecr.*.amazonaws.com': [{ source: 'ecr' }, { source: 'anonymous' }] },
});
let refusing = false;
const double = awsDouble({ fault: () => (refusing ? jsonError('AccessDeniedException') : undefined) });
afterAll(() => double.close());

function run(directory: string, args: readonly string[], stdin = '') {
  const env = {
    ...double.env,
    AWS_ACCESS_KEY_ID: nodeKeys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: nodeKeys.secretAccessKey,
    HOME: folder.path,
    KEYRING_CACHE_DIR: `${folder.path}/${directory}`,
  };
  return runProgram([...args, '--config', config], { stdin, env });
}
const explain = async (directory: string) => (await run(directory, ['explain', `${host}/app`])).stdout;
const explainJson = async (directory: string) => {
  const { stdout } = await run(directory, ['explain', '--json', `${host}/app`]);
  return JSON.parse(stdout).credentials;
};
const answer = (directory: string) => run(directory, ['get-credentials'], requestFor(`${host}/app`));

const uncached = [
  { pattern: '*.dkr.ecr.*.amazonaws.com', source: 'ecr', key: host, file: config },
  { pattern: '*.dkr.ecr.*.amazonaws.com', source: 'anonymous', key: expect.any(String), file: config },
];

test('no token is cached, and looking at it asks nobody', async () => {
  expect(await explain('empty')).toContain('  for 1, no token is cached\n');
  expect(await explainJson('empty')).toEqual(uncached);
  expect(double.calls).toEqual([]);
});

test('a kept token is told with its times, for its credential alone, and not shown', async () => {
  const before = Date.now();
  await answer('kept');
  const text = await explain('kept');
  expect(text).toMatch(
    /\n {2}for 1, a token is cached: \d+s old, to be renewed in [67]h\d+m\d+s, expires in 1[12]h\d+m\d+s\n/,
  );
  expect(text).not.toContain('for 2');
  expect(text).not.toContain(double.password());
  const [ecr, anonymous] = await explainJson('kept');
  expect(anonymous).toEqual(uncached[1]);
  const { cached, ...others } = ecr;
  expect(others).toEqual(uncached[0]);
  expect(cached).toEqual({
    state: 'fresh',
    issued: expect.any(Number),
    refresh: expect.any(Number),
    expires: expect.any(Number),
  });
  expect(cached.issued).toBeGreaterThanOrEqual(before);
  expect(cached.expires).toBeGreaterThan(cached.refresh);
});

test('a remembered refusal is told', async () => {
  refusing = true;
  await answer('refused');
  refusing = false;
  expect(await explain('refused')).toContain('  for 1, no token is cached; that the cloud refused one');
  expect((await explainJson('refused'))[0].cached).toEqual({ state: 'refused' });
});

test('a folder that cannot be used is told', async () => {
  await answer('open');
  chmodSync(`${folder.path}/open`, 0o777);
  expect(await explain('open')).toMatch(/ {2}for 1, no token is cached: \/.* may be written by others/);
  expect(await explainJson('open')).toEqual(uncached);
});
