import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { answerOf, requestFor, runProgram } from '../support/executable.ts';
import { temporaryFolder } from '../support/folder.ts';
import { gone, processesWith } from '../support/processes.ts';

const folder = temporaryFolder();
const asked = join(folder.path, 'asked');
/** A wait that no other process of the machine makes. */
const sleep = `sleep 300.${process.pid}`;

function helper(name: string, body: string): void {
  folder.write(`bin/docker-credential-${name}`, `#!/bin/sh\ncat >> "${asked}"\n${body}\n`, 0o755);
}

helper('good', 'echo \'{"ServerURL":"x","Username":"u","Secret":"from helper"}\'');
helper('token', 'echo \'{"ServerURL":"x","Username":"<token>","Secret":"s3cret"}\'');
helper('none', 'echo "credentials not found in native keychain"; echo noise s3cret >&2; exit 1');
helper('fails', 'echo "s3cret on stdout"; echo "s3cret on stderr" >&2; exit 3');
helper('garbage', 'echo s3cret');
helper('latin', `printf '{"Username":"u","Secret":"\\377"}'`);
helper('daemon', `${sleep} & echo '{"Username":"u","Secret":"p"}'`);
helper('flood', 'yes s3cret');
helper('hangs', `exec ${sleep}`);
helper('leaves-child', `${sleep} & echo '{"Username":"u","Secret":"p"}'; exec ${sleep}`);
folder.write('bin/docker-credential-text', 'no program', 0o644);

async function ask(config: unknown, image = 'reg.io/a') {
  const file = folder.write('config.json', config);
  const PATH = `${join(folder.path, 'bin')}:${process.env.PATH}`;
  return runProgram(['--config', file], { env: { PATH }, stdin: requestFor(image) });
}

function entry(name: string): unknown {
  return { auths: { 'reg.io': { source: 'docker-credential-helper', helper: name } } };
}

test('a credential helper answers for a registry', async () => {
  const { code, stdout, stderr } = await ask(entry('good'));
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(answerOf({ stdout }).auth).toEqual({ 'reg.io': { username: 'u', password: 'from helper' } });
});

describe('the helper is asked for', () => {
  test.each([
    ['reg.io:5000/a', { 'reg.io:5000': 'good' }, 'reg.io:5000\n'],
    ['nginx', { 'index.docker.io': 'good' }, 'https://index.docker.io/v1/\n'],
    ['registry-1.docker.io/a/b', { 'https://index.docker.io/v1/': 'good' }, 'https://index.docker.io/v1/\n'],
  ])('%s', async (image, credHelpers, expected) => {
    folder.write('asked', '');
    expect((await ask({ credHelpers }, image)).code).toBe(0);
    expect(readFileSync(asked, 'utf8')).toBe(expected);
  });
});

test('a credential store answers for every registry, and is asked once', async () => {
  folder.write('asked', '');
  const { stdout } = await ask({ credsStore: 'good', auths: { 'reg.io': {} } });
  expect(Object.keys(answerOf({ stdout }).auth)).toEqual(['reg.io']);
  expect(readFileSync(asked, 'utf8')).toBe('reg.io\n');
});

test('a store that has no credential is no failure', async () => {
  const { code, stdout, stderr } = await ask({
    credsStore: 'none',
    auths: { 'reg.io': { auth: btoa('a:b') } },
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(answerOf({ stdout })).toMatchObject({
    cacheDuration: '5m0s',
    auth: { 'reg.io': { username: 'a', password: 'b' } },
  });
  const alone = await ask({ credsStore: 'none' });
  expect(alone.code).toBe(0);
  expect(answerOf(alone)).toMatchObject({ cacheDuration: '1m0s', auth: {} });
});

test('a helper that ends and leaves a daemon behind has answered', async () => {
  const { code, stdout } = await ask(entry('daemon'));
  for (const id of processesWith(sleep)) process.kill(id, 'SIGKILL');
  expect(code).toBe(0);
  expect(answerOf({ stdout }).auth['reg.io']?.username).toBe('u');
});

describe('what goes wrong has a code, and nothing that the helper wrote is shown', () => {
  test.each([
    ['token', 'token-not-supported'],
    ['fails', 'helper-failed'],
    ['garbage', 'helper-output'],
    ['latin', 'helper-output'],
    ['flood', 'helper-output'],
    ['absent', 'helper-not-found'],
    ['text', 'helper-not-found'],
  ])('%s: %s', async (name, code) => {
    const result = await ask(entry(name));
    expect({ code: result.code, stdout: result.stdout }).toEqual({ code: 1, stdout: '' });
    expect(result.stderr).toMatch(
      new RegExp(`^keyring-credential-provider: docker-credential-helper: [^\\n]+ \\[${code}\\]\\n$`),
    );
    expect(result.stderr).not.toContain('s3cret');
  });

  test.each(['hangs', 'leaves-child'])('%s: ended at the deadline, with all that it started', async name => {
    const config = { timeout: '500ms', ...(entry(name) as object) };
    const result = await ask(config);
    expect({ code: result.code, stdout: result.stdout }).toEqual({ code: 1, stdout: '' });
    expect(result.stderr).toContain('timeout]');
    await gone(sleep);
  });
});
