import { describe, expect, test } from 'bun:test';
import packageJson from '../../package.json';
import { requestFor, runProgram } from '../support/executable.ts';
import { temporaryFolder } from '../support/folder.ts';

const folder = temporaryFolder();

describe('request', () => {
  test('prints what the kubelet would send: normalised, without tag and digest', async () => {
    const { code, stdout } = await runProgram(['request', 'nginx:1.25']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: requestFor('docker.io/library/nginx') });
  });
  test.each(['v1alpha1', 'credentialprovider.kubelet.k8s.io/v1alpha1'])(
    'in another version: %s',
    async version => {
      const { stdout } = await runProgram(['request', 'reg.io/a', '--api-version', version]);
      expect(stdout).toBe(requestFor('reg.io/a', 'v1alpha1'));
    },
  );
  test('with a service account', async () => {
    const file = folder.write('token', 'abc.def\n');
    const args = ['--service-account-token-file', file, '--annotation', 'a/b=c=d', '--annotation', 'e='];
    const { stdout } = await runProgram(['request', 'reg.io/a', ...args]);
    const serviceAccountAnnotations = { 'a/b': 'c=d', e: '' };
    expect(stdout).toBe(
      requestFor('reg.io/a', 'v1', { serviceAccountToken: 'abc.def', serviceAccountAnnotations }),
    );
  });
  test.each([
    [[]],
    [['a', 'b']],
    [['reg.io/a', '--api-version', 'v9']],
    [['reg.io/a', '--annotation', 'nothing']],
    [['reg.io/a', '--api-version', 'v1beta1', '--annotation', 'a=b']],
    [['reg.io/a', '--service-account-token-file', '/nonexistent']],
    [['NO!']],
    [['reg.io/a', '--unknown']],
  ])('refuses %p', async args => {
    const { code, stdout, stderr } = await runProgram(['request', ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.split('\n')).toHaveLength(2);
  });
});

test('the whole test of the design: request piped into the plugin', () => {
  const config = folder.write('config.json', { auths: { 'docker.io': { auth: btoa('u:p') } } });
  const program = 'dist/keyring-credential-provider';
  const { stdout } = Bun.spawnSync(['sh', '-c', `${program} request nginx | ${program} --config ${config}`], {
    cwd: `${import.meta.dir}/../..`,
  });
  expect(JSON.parse(stdout.toString()).auth).toEqual({ 'docker.io': { username: 'u', password: 'p' } });
});

test('schema prints a JSON Schema of the whole configuration', async () => {
  const { code, stdout } = await runProgram(['schema']);
  const schema = JSON.parse(stdout);
  expect(code).toBe(0);
  expect(schema.$schema).toContain('json-schema.org');
  expect(Object.keys(schema.properties)).toEqual(
    expect.arrayContaining(['auths', 'sources', 'dockerConfigFiles', 'timeout', 'cache']),
  );
  expect(JSON.stringify(schema)).toContain('one trailing line break is dropped');
});

test('version names the build', async () => {
  const { stdout } = await runProgram(['version']);
  expect(stdout).toMatch(
    new RegExp(`^keyring-credential-provider ${packageJson.version} \\(commit [0-9a-f]{12}|unknown`),
  );
  expect((await runProgram(['--version'])).stdout).toBe(stdout);
  expect(JSON.parse((await runProgram(['version', '--json'])).stdout)).toMatchObject({
    version: packageJson.version,
  });
});

describe('help', () => {
  const commands = ['explain', 'request', 'schema', 'version', 'help'];
  test('lists every command', async () => {
    for (const args of [['help'], ['--help'], ['-h']]) {
      const { code, stdout } = await runProgram(args);
      expect(code).toBe(0);
      for (const command of commands) expect(stdout).toContain(`\n  ${command} `);
    }
  });
  test.each(commands)('of %s', async command => {
    const { code, stdout } = await runProgram(['help', command]);
    expect(code).toBe(0);
    expect(stdout).toStartWith(`Usage: keyring-credential-provider ${command}`);
    expect((await runProgram([command, '--help'])).stdout).toBe(
      command === 'help' ? (await runProgram(['help'])).stdout : stdout,
    );
  });
  test('is usage on stderr with exit code 2 when somebody starts the plugin by hand', () => {
    for (const args of ['', '--config /etc/nowhere.json', 'get-credentials']) {
      const command = `dist/keyring-credential-provider ${args} 2>/dev/null; echo "exit $?"`;
      const { stdout } = Bun.spawnSync(['script', '-qec', command, '/dev/null'], {
        cwd: `${import.meta.dir}/../..`,
      });
      expect(stdout.toString().trim()).toBe('exit 2');
    }
  });
});
