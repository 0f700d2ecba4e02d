import { describe, expect, test } from 'bun:test';
import { loadConfig } from '../../src/config/load.ts';
import { Fault } from '../../src/fault.ts';
import { type MemorySystem, memoryIo } from '../support/memory-io.ts';
import { file, findingsOf, load } from './documents.ts';

function at(path: string): unknown {
  return { auths: { 'reg.io': path } };
}

describe('a finding names file, JSON path and problem', () => {
  test.each<[string, unknown, string, string]>([
    ['no object', [], '', 'must be a JSON object'],
    ['a mistyped key', { auth: {} }, 'auth', 'did you mean "auths"?'],
    ['a key far from all known ones', { zzzzzz: 1 }, 'zzzzzz', 'known here: '],
    [
      'a mistyped option',
      { auths: { '*.io': [{ source: 'anonymous' }, { username: 'u', passwordfile: 'x' }] } },
      'auths["*.io"][1].passwordfile',
      'did you mean "passwordFile"?',
    ],
    [
      'a number for a text',
      { auths: { 'reg.io': { username: 'u', password: 5 } } },
      'auths["reg.io"].password',
      'must be a text',
    ],
    ['null for a credential', at(null as unknown as string), 'auths["reg.io"]', 'must be an object'],
    ['a text for a credential', at('dTpw'), 'auths["reg.io"]', 'must be an object'],
    ['a text for a flag', { cache: { enabled: 'yes' } }, 'cache.enabled', 'must be true or false'],
    [
      'a mistyped key of cache',
      { cache: { dir: '/x', statc: '5m' } },
      'cache.statc',
      'did you mean "static"?',
    ],
    ['a text for a list', { dockerConfigFiles: '/x' }, 'dockerConfigFiles', 'must be a list'],
    ['an unknown way of matching', { matching: 'regex' }, 'matching', 'must be one of: kubelet'],
    ['a number for a duration', { timeout: 45 }, 'timeout', 'must be a text'],
    ['a duration without unit', { timeout: '45' }, 'timeout', 'must be a duration'],
    ['a timeout beyond the patience of the kubelet', { timeout: '60s' }, 'timeout', 'at most 55s'],
    ['no timeout at all', { timeout: '0s' }, 'timeout', 'more than zero'],
    ['a relative cache folder', { cache: { directory: 'x' } }, 'cache.directory', 'absolute'],
    ['auth that is no base64', { auths: { 'reg.io': { auth: '%%%' } } }, 'auths["reg.io"].auth', 'base64'],
    [
      'auth without a colon',
      { auths: { 'reg.io': { auth: btoa('user') } } },
      'auths["reg.io"].auth',
      'base64',
    ],
    [
      'auth that is no UTF-8',
      { auths: { 'reg.io': { auth: btoa('u:\xff') } } },
      'auths["reg.io"].auth',
      'UTF-8',
    ],
    [
      'two passwords',
      { auths: { 'reg.io': { username: 'u', password: 'p', passwordEnv: 'P' } } },
      'auths["reg.io"].passwordEnv',
      'beside password',
    ],
    [
      'two user names',
      { auths: { 'reg.io': { username: 'u', usernameFile: 'f', password: 'p' } } },
      'auths["reg.io"].usernameFile',
      'beside username',
    ],
    [
      'auth and a password file',
      { auths: { 'reg.io': { auth: 'dTpw', passwordFile: 'f' } } },
      'auths["reg.io"].passwordFile',
      'beside auth',
    ],
    [
      'a user without password',
      { auths: { 'reg.io': { username: 'u' } } },
      'auths["reg.io"]',
      'needs one of password',
    ],
    [
      'a password without user',
      { auths: { 'reg.io': { passwordFile: 'f' } } },
      'auths["reg.io"]',
      'needs one of username',
    ],
    [
      'a helper without name',
      { auths: { 'reg.io': { source: 'docker-credential-helper' } } },
      'auths["reg.io"]',
      'needs "helper"',
    ],
    [
      'a helper that is a path',
      { auths: { 'reg.io': { source: 'docker-credential-helper', helper: '../x' } } },
      'auths["reg.io"].helper',
      'not a path',
    ],
    [
      'a helper in credHelpers that is a path',
      { credHelpers: { 'reg.io': 'a/b' } },
      'credHelpers["reg.io"]',
      'not a path',
    ],
    ['a credential store that is a path', { credsStore: '/bin/sh' }, 'credsStore', 'not a path'],
    [
      'an unknown source',
      { auths: { 'reg.io': { source: 'prod' } } },
      'auths["reg.io"].source',
      'neither a source type nor an entry',
    ],
    [
      'options beside a named source',
      { sources: { prod: { type: 'ecr' } }, auths: { 'reg.io': { source: 'prod', region: 'x' } } },
      'auths["reg.io"].region',
      'takes its options from there',
    ],
    ['a source without type', { sources: { prod: {} } }, 'sources["prod"].type', 'must be one of'],
    [
      'a source of unknown type',
      { sources: { prod: { type: 'acr' } } },
      'sources["prod"].type',
      'must be one of',
    ],
    [
      'a mistyped option of a source',
      { sources: { prod: { type: 'ecr', rolearn: 'x' } } },
      'sources["prod"].rolearn',
      'did you mean "roleArn"?',
    ],
    ['a source named like a type', { sources: { ecr: { type: 'ecr' } } }, 'sources["ecr"]', 'built-in type'],
    [
      'a static source without credential',
      { sources: { s: { type: 'static' } } },
      'sources["s"]',
      'holds no credential',
    ],
    [
      'options of another type',
      { auths: { 'reg.io': { source: 'anonymous', username: 'u' } } },
      'auths["reg.io"].username',
      'unknown key',
    ],
    [
      'a user in a pattern',
      { auths: { 'https://u:s3cret@reg.io': { auth: 'dTpw' } } },
      'auths["https://…@reg.io"]',
      'no user or password',
    ],
    [
      'an empty name of a variable',
      { auths: { 'reg.io': { username: 'u', passwordEnv: '' } } },
      'auths["reg.io"].passwordEnv',
      'must not be empty',
    ],
    [
      'an empty option',
      { auths: { 'a.io': { source: 'ecr', roleArn: '' } } },
      'auths["a.io"].roleArn',
      'must not be empty',
    ],
    [
      'a region that is none',
      { sources: { p: { type: 'ecr', region: 'EU WEST' } } },
      'sources["p"].region',
      'must be a region',
    ],
    [
      'an account that is none',
      { auths: { 'a.io': { source: 'ecr', registryId: '12' } } },
      'auths["a.io"].registryId',
      '12 digits',
    ],
    [
      'a role that is none',
      { auths: { 'a.io': { source: 'ecr', roleArn: 'pull' } } },
      'auths["a.io"].roleArn',
      'ARN',
    ],
    [
      'an instance that is none',
      { auths: { 'a.io': { source: 'tcr', registryId: 'team' } } },
      'auths["a.io"].registryId',
      'tcr-',
    ],
    ['a malformed pattern', { auths: { 'reg[.io': { auth: 'dTpw' } } }, 'auths["reg[.io"]', 'at character 4'],
    ['a malformed host of a helper', { credHelpers: { 'reg.io:': 'gcr' } }, 'credHelpers["reg.io:"]', 'port'],
    ['a legacy file named as configuration', { 'reg.io': { auth: 'dTpw' } }, '', 'dockerConfigFiles'],
  ])('%s', async (_, content, path, problem) => {
    const findings = await findingsOf(content);
    const prefix = path === '' ? `${file}: ` : `${file}: ${path}: `;
    expect(findings.filter(line => line.startsWith(prefix) && line.includes(problem))).toHaveLength(1);
    expect(findings.join()).not.toContain('s3cret');
  });

  test('all findings of all files at once', async () => {
    expect(
      await findingsOf({ timeout: 'x', auths: { '[': { auth: 'dTpw' }, 'a.io': { username: 'u' } } }),
    ).toHaveLength(3);
  });

  test('a source that two files define names both', async () => {
    const source = JSON.stringify({ sources: { prod: { type: 'ecr' } } });
    const loading = loadConfig(['/c'], memoryIo({ files: { '/c/1.json': source, '/c/2.json': source } }));
    await expect(loading).rejects.toMatchObject({
      findings: [
        { file: '/c/2.json', path: 'sources["prod"]', problem: expect.stringContaining('/c/1.json') },
      ],
    });
  });
});

describe('JSON that is none says where, and quotes nothing', () => {
  test.each([
    ['{"auths": {"a.io": {"password": "s3cret" "x"}}}', 'line 1, column 42'],
    ['{\n  "auths": {\n    s3cret\n', 'line 3, column 5'],
    ['{"auths": {"a.io": "s3cret', 'too early'],
    ['{} {}', 'line 1, column 4'],
    ['', 'empty'],
    ['   \n', 'empty'],
    ['{"a": 01}', 'line 1, column 7'],
    ['{"a": "\u0001"}', 'line 1, column 8'],
    ["{'a': 1}", 'line 1, column 2'],
    ['{"a": 1,}', 'line 1, column 9'],
    ['[1 2]', 'line 1, column 4'],
    ['{"a": "\\x"}', 'line 1, column 8'],
    ['nul', 'line 1, column 1'],
  ])('%j: %s', async (text, where) => {
    const [finding = ''] = await findingsOf(text);
    expect(finding).toContain(where);
    expect(finding).not.toContain('s3cret');
  });
});

describe('files that cannot be used', () => {
  const files = { '/c/a.txt': '', '/x.json': '{}' };
  test.each([
    [['/missing.json'], 'missing-config'],
    [['/x.json/y'], 'missing-config'],
    [['/c'], 'empty-folder'],
  ])('%p: %s', async (named, code) => {
    await expect(loadConfig(named, memoryIo({ files }))).rejects.toMatchObject({ code });
  });
});

describe('files that are there by name only', () => {
  test.each<[string, MemorySystem, string[], string]>([
    [
      'a link to nothing in a folder',
      { files: { '/c/a.json': '{}' }, dangling: ['/c/b.json'] },
      ['/c'],
      'missing-config',
    ],
    [
      'a default file that is a link to nothing',
      { dangling: ['/etc/keyring-credential-provider/config.json'] },
      [],
      'missing-config',
    ],
    [
      'a folder that cannot be listed',
      { files: { '/c/a.json': '{}' }, unlistable: true },
      ['/c'],
      'unreadable-config',
    ],
  ])('%s', async (_, system, named, code) => {
    await expect(loadConfig(named, memoryIo(system))).rejects.toMatchObject({ code });
  });
});

test('a malformed pattern is not printed at any length', async () => {
  const [finding = ''] = await findingsOf({ auths: { [`${'a'.repeat(100_000)}[`]: { auth: 'dTpw' } } });
  expect(finding).toContain('at character 100001');
  expect(finding.split('malformed')[1]?.length).toBeLessThan(500);
});

describe('running as root', () => {
  const content = '{}';
  test.each([
    ['a file that the group may write', { mode: 0o100620 }],
    ['a file that others may write', { mode: 0o100602 }],
    ['a file of another user', { uid: 1000 }],
  ])('%s is refused', async (_, file) => {
    const loading = loadConfig(
      ['/c/a.json'],
      memoryIo({ uid: 0, files: { '/c/a.json': { content, ...file } } }),
    );
    await expect(loading).rejects.toMatchObject({ code: 'unsafe-config' });
    const folder = loadConfig(['/c'], memoryIo({ uid: 0, files: { '/c/a.json': { content, ...file } } }));
    await expect(folder).rejects.toMatchObject({ code: 'unsafe-config' });
  });
  test('a folder that others may write is refused, a sticky one only when it is the configuration', async () => {
    const files = { '/c/a.json': content };
    await expect(
      loadConfig(['/c/a.json'], memoryIo({ uid: 0, files, folderMode: 0o40777 })),
    ).rejects.toBeInstanceOf(Fault);
    await expect(loadConfig(['/c'], memoryIo({ uid: 0, files, folderMode: 0o41777 }))).rejects.toBeInstanceOf(
      Fault,
    );
    expect(await loadConfig(['/c/a.json'], memoryIo({ uid: 0, files, folderMode: 0o41777 }))).toBeDefined();
  });
  test('a folder above the folder counts as well, also for docker files', async () => {
    const files = { '/a/b/c.json': content };
    const folderModes = { '/a': 0o40777 };
    await expect(loadConfig(['/a/b/c.json'], memoryIo({ uid: 0, files, folderModes }))).rejects.toMatchObject(
      {
        code: 'unsafe-config',
      },
    );
    const docker = { '/etc/x.json': { content: '{"dockerConfigFiles":["/a/b/c.json"]}' }, ...files };
    const { notices } = await loadConfig(['/etc/x.json'], memoryIo({ uid: 0, files: docker, folderModes }));
    expect(notices[0]?.problem).toContain('/a can be written by others');
  });
  test('as another user nothing of that is refused', async () => {
    const files = { '/c/a.json': { content, mode: 0o100666, uid: 7 } };
    expect(await loadConfig(['/c/a.json'], memoryIo({ uid: 1000, files }))).toBeDefined();
  });
});

test('no secret of a configuration is in a finding', async () => {
  const secret = 'hunter2hunter2';
  const credential = {
    username: 'u',
    password: secret,
    passwordEnv: secret,
    auth: btoa(secret),
    identitytoken: secret,
  };
  const findings = await findingsOf({
    auths: { 'reg.io': credential, 'b.io': [secret], 'c.io': { password: [secret] } },
  });
  expect(findings.length).toBeGreaterThan(0);
  expect(findings.join()).not.toContain(secret);
  expect(await load({ auths: {} })).toBeDefined();
});
