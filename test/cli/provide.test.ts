import { describe, expect, test } from 'bun:test';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { answerOf, carriers, requestFor, runProgram } from '../support/executable.ts';
import { temporaryFolder } from '../support/folder.ts';

const folder = temporaryFolder();
const secret = 'hunter2-s3cret';
const config = folder.write('config.json', {
  auths: {
    'my-registry.io/images': { auth: btoa('user:pass') },
    '*my-registry.io/images': [{ username: 'ci', password: 'ci-pass' }, { source: 'anonymous' }],
    'my-registry.io/images/subpath': { username: 'user', password: 'pass' },
    'file.io': { username: 'u', passwordFile: 'secrets/pass' },
    'env.io': { username: 'u', passwordEnv: 'REGISTRY_PASSWORD' },
    'half.io': [
      { username: 'u', passwordFile: 'missing' },
      { username: 'v', password: secret },
    ],
    'broken.io': [
      { username: 'u', passwordFile: 'missing' },
      { username: 'u', passwordEnv: 'UNSET' },
    ],
    'token.io': { identitytoken: secret, auth: btoa('00000000-0000-0000-0000-000000000000:') },
    'localhost:5000': { source: 'anonymous' },
  },
});
folder.write('secrets/pass', 'from a file\n\n');

describe.each(carriers)('$name', carrier => {
  const run = (image: string, env: Record<string, string> = {}, version?: string) =>
    runProgram(['--config', config], { carrier, env, stdin: requestFor(image, version) });

  test('answers with the credentials in order, each pair once', async () => {
    const { code, stdout, stderr } = await run('my-registry.io/images/subpath/my-image');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.endsWith('}\n')).toBe(true);
    expect(answerOf({ stdout })).toEqual({
      kind: 'CredentialProviderResponse',
      apiVersion: 'credentialprovider.kubelet.k8s.io/v1',
      cacheKeyType: 'Image',
      cacheDuration: '5m0s',
      auth: {
        'my-registry.io': { username: 'user', password: 'pass' },
        'my-registr*y.io': { username: 'ci', password: 'ci-pass' },
        'my-registr**y.io': { username: '', password: '' },
      },
    });
  });

  test.each(['v1', 'v1beta1', 'v1alpha1'])('answers in the version it is asked in: %s', async version => {
    const answer = answerOf(await run('localhost:5000/app', {}, version));
    expect(answer.apiVersion).toBe(`credentialprovider.kubelet.k8s.io/${version}`);
    expect(answer.auth).toEqual({ 'localhost:5000': { username: '', password: '' } });
    expect(answer.cacheKeyType).toBe('Registry');
  });

  test('takes get-credentials as a word for what it does anyway', async () => {
    const stdin = requestFor('localhost:5000/app');
    const { code } = await runProgram(['get-credentials', '--config', config], { carrier, stdin });
    expect(code).toBe(0);
    expect((await runProgram([`--config=${config}`, 'get-credentials'], { carrier, stdin })).code).toBe(0);
  });

  test('answers that nothing matches, for a minute', async () => {
    const { code, stdout, stderr } = await run('nginx');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(answerOf({ stdout })).toMatchObject({ cacheKeyType: 'Registry', cacheDuration: '1m0s', auth: {} });
  });

  test('reads a password from a file, without its last line break', async () => {
    expect(answerOf(await run('file.io/a')).auth['file.io']?.password).toBe('from a file\n');
  });

  test('reads a password from the environment, and fails alone when it is not set', async () => {
    expect(answerOf(await run('env.io/a', { REGISTRY_PASSWORD: 'x' })).auth['env.io']?.password).toBe('x');
    const { code, stdout, stderr } = await run('env.io/a');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe(
      'keyring-credential-provider: static: the environment variable REGISTRY_PASSWORD is not set: set it in "env" of the kubelet\'s provider [missing-variable]\n',
    );
  });

  test('answers with what succeeded, for 30 seconds at most', async () => {
    const { code, stdout, stderr } = await run('half.io/a');
    expect(code).toBe(0);
    expect(answerOf({ stdout })).toMatchObject({
      cacheDuration: '30s',
      auth: { 'half.io': { username: 'v', password: secret } },
    });
    expect(stderr).toContain('[missing-secret]');
    expect(stderr).not.toContain(secret);
  });

  test('fails when every source fails, with a line for each', async () => {
    const { code, stdout, stderr } = await run('broken.io/a');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    const lines = stderr.trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    for (const line of lines)
      expect(line).toMatch(/^keyring-credential-provider: static: .+: .+ \[missing-(secret|variable)\]$/);
  });

  test('says that it cannot carry an identity token, without showing it', async () => {
    const { code, stderr } = await run('token.io/a');
    expect(code).toBe(1);
    expect(stderr).toContain('[token-not-supported]');
    expect(stderr).not.toContain(secret);
  });

  test.each<[string, string | Uint8Array, string]>([
    ['nothing', '', 'invalid-request'],
    ['no JSON', 'nginx', 'invalid-request'],
    ['another kind', requestFor('nginx').replace('ProviderRequest', 'ProviderResponse'), 'unsupported-kind'],
    ['another version', requestFor('nginx', 'v2'), 'unsupported-version'],
    ['no image', requestFor(''), 'invalid-request'],
    ['an image that is none', requestFor('Not/An/Image'), 'invalid-image'],
    ['trailing data', `${requestFor('nginx')}{}`, 'invalid-request'],
    ['more than 1 MiB', requestFor('nginx').padEnd(1024 * 1024 + 1), 'invalid-request'],
    ['no UTF-8', new Uint8Array([0x22, 0xc3, 0x28, 0x22]), 'invalid-request'],
  ])('refuses a request with %s: one line, nothing on stdout', async (_, stdin, problem) => {
    const { code, stdout, stderr } = await runProgram(['--config', config], { carrier, stdin });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(new RegExp(`^keyring-credential-provider: [^\\n]+ \\[${problem}\\]\\n$`));
  });

  test.each([
    ['a missing file', ['--config', '/nonexistent/x.json'], 'missing-config'],
    ['an empty folder', ['--config', join(folder.path, 'empty')], 'empty-folder'],
    ['no value for --config', ['--config'], 'usage'],
    ['an unknown option', ['--konfig', 'x'], 'usage'],
    ['an unknown command', ['explian'], 'usage'],
    ['an argument too many', ['get-credentials', 'nginx'], 'usage'],
  ])('refuses %s', async (_, args, problem) => {
    mkdirSync(join(folder.path, 'empty'), { recursive: true });
    const { code, stdout, stderr } = await runProgram(args, { carrier, stdin: requestFor('nginx') });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(new RegExp(`^keyring-credential-provider: [^\\n]+ \\[${problem}\\]\\n$`));
  });

  test('refuses a configuration that is wrong, with file and JSON path', async () => {
    const file = folder.write('wrong.json', {
      auths: { '*.io': [{ source: 'anonymous' }, { username: 'u', passwordfile: 'x' }] },
    });
    const { code, stdout, stderr } = await runProgram(['--config', file], {
      carrier,
      stdin: requestFor('nginx'),
    });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toBe(
      `keyring-credential-provider: ${file}: auths["*.io"][1].passwordfile: unknown key; did you mean "passwordFile"? [invalid-config]\n`,
    );
  });

  test('says which docker files it skipped, and uses the rest', async () => {
    const file = folder.write('docker.json', {
      auths: { 'reg.io': { auth: btoa('a:b') } },
      dockerConfigFiles: ['nowhere.json', 'dockercfg'],
    });
    folder.write('dockercfg', { 'reg.io': { auth: btoa('c:d') } });
    const { code, stdout, stderr } = await runProgram(['--config', file], {
      carrier,
      stdin: requestFor('reg.io/x'),
    });
    expect(code).toBe(0);
    expect(Object.values(answerOf({ stdout }).auth).map(({ username }) => username)).toEqual(['a', 'c']);
    expect(stderr).toBe(
      `keyring-credential-provider: ${folder.path}/nowhere.json: skipped: it does not exist\n`,
    );
  });

  test('reads neither .env nor bunfig.toml of the folder that it is started in', async () => {
    folder.write('cwd/.env', 'REGISTRY_PASSWORD=planted\n');
    folder.write('cwd/bunfig.toml', 'preload = ["./planted.js"]\n');
    folder.write('cwd/planted.js', 'process.stdout.write("planted")');
    const cwd = join(folder.path, 'cwd');
    const { code, stdout } = await runProgram(['--config', config], {
      carrier,
      cwd,
      stdin: requestFor('env.io/a'),
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });

  test('works through a symbolic link, under any name', async () => {
    const link = join(folder.path, `other-name-${carrier.command.length}`);
    symlinkSync(carrier.command.at(-1) ?? '', link);
    const command = [...carrier.command.slice(0, -1), link];
    const { code } = await runProgram(['--config', config], {
      carrier: { name: '', command },
      stdin: requestFor('nginx'),
    });
    expect(code).toBe(0);
  });

  test('takes its configuration from $KEYRING_CONFIG', async () => {
    const { stdout } = await runProgram([], {
      carrier,
      env: { KEYRING_CONFIG: config },
      stdin: requestFor('localhost:5000/a'),
    });
    expect(Object.keys(answerOf({ stdout }).auth)).toEqual(['localhost:5000']);
  });
});

test('an endless request is refused as soon as it is too long', async () => {
  const { code, stderr } = await runProgram(['--config', config], {
    stdin: new Uint8Array(8 * 1024 * 1024).fill(0x20),
  });
  expect(code).toBe(2);
  expect(stderr).toContain('1 MiB');
});

test('a reader of stdout that goes away is no fault, and a full disk is said', () => {
  const sh = (command: string) => Bun.spawnSync(['sh', '-c', command], { cwd: `${import.meta.dir}/../..` });
  const explain = `dist/keyring-credential-provider explain --json --config ${config} $(seq -f 'localhost:5000/x%g' 3000)`;
  const head = sh(`${explain} | head -1`);
  expect(head.stdout.toString().split('\n')).toHaveLength(2);
  expect(head.stderr.toString()).toBe('');
  const full = sh('dist/keyring-credential-provider version > /dev/full; echo "exit $?"');
  expect(full.stdout.toString()).toBe('exit 1\n');
  expect(full.stderr.toString()).toMatch(/^keyring-credential-provider: [^\n]+ \[unwritable-output\]\n$/);
});

test('get-credentials has help too', async () => {
  const { code, stdout } = await runProgram(['get-credentials', '--help']);
  expect(code).toBe(0);
  expect(stdout).toContain('Usage:');
});
