import { describe, expect, test } from 'bun:test';
import { carriers, runProgram } from '../support/executable.ts';
import { temporaryFolder } from '../support/folder.ts';

const folder = temporaryFolder();
const config = folder.write('config.json', {
  sources: { prod: { type: 'ecr', roleArn: 'arn:aws:iam::123456789012:role/pull' } },
  auths: {
    'reg.io': [{ username: 'ci', passwordFile: '/nonexistent' }, { source: 'anonymous' }],
    'reg.io/team': { auth: btoa('team:s3cret') },
    '*': { source: 'prod' },
  },
});

async function explain(...args: string[]) {
  return runProgram(['explain', '--config', config, ...args]);
}

test('prints one JSON object a line for machines, in the order of the images', async () => {
  const { code, stdout, stderr } = await explain(
    '--json',
    'reg.io/team/app:v1',
    '123456789012.dkr.ecr.eu-west-1.amazonaws.com/a',
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(
    stdout
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line)),
  ).toEqual([
    {
      image: 'reg.io/team/app:v1',
      registry: 'reg.io',
      repository: 'team/app',
      credentials: [
        { pattern: 'reg.io/team', source: 'static', key: 'reg.io', file: config },
        { pattern: 'reg.io', source: 'static', key: 're*g.io', file: config },
        { pattern: 'reg.io', source: 'anonymous', key: 're**g.io', file: config },
      ],
      cacheKeyType: 'Image',
      reason: `auths["reg.io/team"] in ${config} has a path`,
    },
    {
      image: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/a',
      registry: '123456789012.dkr.ecr.eu-west-1.amazonaws.com',
      repository: 'a',
      credentials: [
        {
          pattern: '*',
          source: 'ecr',
          name: 'prod',
          key: '123456789012.dkr.ecr.eu-west-1.amazonaws.com',
          file: config,
        },
      ],
      cacheKeyType: 'Registry',
      reason: 'no entry for 123456789012.dkr.ecr.eu-west-1.amazonaws.com has a path',
    },
  ]);
});

test('prints a table for people, without colour where no terminal is', async () => {
  const { code, stdout } = await explain('reg.io/team/app');
  expect(code).toBe(0);
  expect(stdout.replaceAll(config, 'CONFIG')).toBe(`reg.io/team/app: registry reg.io, repository team/app
  #  PATTERN      SOURCE     IDENTITY   AUTH KEY  FILE
  1  reg.io/team  static     user team  reg.io    CONFIG
  2  reg.io       static     user ci    re*g.io   CONFIG
  3  reg.io       anonymous  nobody     re**g.io  CONFIG
  not used: * (ecr) in CONFIG, since reg.io is no host of that cloud
  cached by the kubelet by Image: auths["reg.io/team"] in CONFIG has a path
`);
});

test('is a gate: 1 when an image has no entry, 2 when a name is none, and all images are shown all the same', async () => {
  const none = await explain('--json', 'nginx', 'reg.io/a');
  expect(none.code).toBe(1);
  expect(none.stdout.split('\n')).toHaveLength(3);
  const wrong = await explain('--json', 'nginx', 'NO!', 'reg.io/a');
  expect(wrong.code).toBe(2);
  expect(wrong.stdout.split('\n')).toHaveLength(3);
  expect(wrong.stderr).toContain('[invalid-image]');
});

test('says when an entry takes no part because the host is not of its cloud', async () => {
  const { stdout } = await explain('other.io/a');
  expect(stdout).toContain('not used: * (ecr)');
});

test('shows no secret and reads none', async () => {
  const { stdout, stderr } = await explain('reg.io/team/app', 'reg.io/a');
  expect(stdout + stderr).not.toContain('s3cret');
  expect(stderr).toBe('');
});

describe.each(carriers)('$name', carrier => {
  test('reads image names from stdin', async () => {
    const stdin = '# a list\nreg.io/a\n\n  reg.io/b:1\r\nreg.io/c';
    const { code, stdout } = await runProgram(['explain', '--json', '-', '--config', config], {
      carrier,
      stdin,
    });
    expect(code).toBe(0);
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map(line => JSON.parse(line).image),
    ).toEqual(['reg.io/a', 'reg.io/b:1', 'reg.io/c']);
  });
});

test('colours only a terminal, and never with NO_COLOR', async () => {
  const onTerminal = (env: string): string => {
    const command = `env -i PATH="$PATH" ${env} dist/keyring-credential-provider explain --config ${config} reg.io/a`;
    return Bun.spawnSync(['script', '-qec', command, '/dev/null'], {
      cwd: `${import.meta.dir}/../..`,
    }).stdout.toString();
  };
  expect(onTerminal('TERM=xterm')).toContain('\u001b[1m');
  expect(onTerminal('TERM=xterm NO_COLOR=1')).not.toContain('\u001b');
});
