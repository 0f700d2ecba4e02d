import { describe, expect, test } from 'bun:test';
import { loadConfig } from '../../src/config/load.ts';
import { memoryIo } from '../support/memory-io.ts';
import { entriesFor, file, load } from './documents.ts';

describe('files', () => {
  const a = JSON.stringify({ auths: { 'reg.io': { username: 'a', password: 'x' } } });
  const b = JSON.stringify({ auths: { 'reg.io': { username: 'b', password: 'x' } } });
  const users = async (named: string[], files: Record<string, string>, env = {}): Promise<unknown[]> => {
    const config = await loadConfig(named, memoryIo({ files, env }));
    return config.matcher
      .find({ host: 'reg.io', registry: 'reg.io', repository: 'x', tag: undefined, digest: undefined })
      .entries.map(entry => entry.source.options.username);
  };

  test('of a folder count in byte order of their names, dotfiles and other names left out', async () => {
    const files = {
      '/c/20.json': a,
      '/c/100.json': b,
      '/c/.hidden.json': a,
      '/c/readme.md': '#',
      '/c/x.json.bak': '{',
    };
    expect(await users(['/c'], files)).toEqual(['b', 'a']);
    expect(await users(['/c/'], files)).toEqual(['b', 'a']);
  });
  test('named several times count in that order', async () => {
    expect(await users(['/b.json', '/a.json'], { '/a.json': a, '/b.json': b })).toEqual(['b', 'a']);
  });
  test('come from $KEYRING_CONFIG when none is named', async () => {
    const files = { '/a.json': a, '/b.json': b };
    expect(await users([], files, { KEYRING_CONFIG: '/b.json:/a.json' })).toEqual(['b', 'a']);
    expect(await users(['/a.json'], files, { KEYRING_CONFIG: '/b.json' })).toEqual(['a']);
  });
  test('come from the default places when nothing is named', async () => {
    const folder = '/etc/keyring-credential-provider';
    expect(await users([], { [`${folder}/conf.d/1.json`]: a, [`${folder}/config.json`]: b })).toEqual([
      'b',
      'a',
    ]);
    expect(await users([], { [`${folder}/conf.d/1.json`]: a })).toEqual(['a']);
  });
  test('may be absent: then the hosts of the clouds are served', async () => {
    const config = await loadConfig([], memoryIo());
    expect(entriesFor(config, '123456789012.dkr.ecr.us-east-1.amazonaws.com/a')).toEqual([
      '*.dkr.ecr.*.amazonaws.com ecr',
    ]);
    expect(entriesFor(config, 'public.ecr.aws/a/b')).toEqual(['public.ecr.aws ecr']);
    expect(entriesFor(config, 'team-vpc.tencentcloudcr.com/a/b')).toEqual(['*.tencentcloudcr.com tcr']);
    expect(entriesFor(config, 'nginx')).toEqual([]);
  });
});

describe('credentials', () => {
  test.each([
    ['auth', { auth: 'dXNlcjpwYXNz' }],
    ['auth without padding', { auth: 'YTpi' }],
    ['auth with a colon in the password', { auth: btoa('u:a:b') }],
    [
      'auth beside username, password and email, as kubectl writes them',
      { auth: 'dTpw', username: 'u', password: 'p', email: 'e' },
    ],
    ['username and password', { username: 'u', password: 'p' }],
    ['an empty password', { username: 'u', password: '' }],
    ['username and passwordFile', { username: 'u', passwordFile: 'p' }],
    ['usernameFile and passwordEnv', { usernameFile: 'u', passwordEnv: 'P' }],
    ['an identity token alone', { identitytoken: 't' }],
    ['a registry token alone', { registrytoken: 't' }],
    ['the type spelled out', { source: 'static', username: 'u', password: 'p' }],
    ['a credential helper', { source: 'docker-credential-helper', helper: 'gcr' }],
    ['anonymous', { source: 'anonymous' }],
  ])('%s', async (_, credential) => {
    expect(entriesFor(await load({ auths: { 'reg.io': credential } }), 'reg.io/a')).toHaveLength(1);
  });

  test('in a list keep their order; an empty list is no credential', async () => {
    const auths = { 'reg.io': [{ source: 'anonymous' }, { username: 'u', password: 'p' }], 'x.io': [] };
    const config = await load({ auths });
    expect(entriesFor(config, 'reg.io/a')).toEqual(['reg.io anonymous', 'reg.io static']);
    expect(entriesFor(config, 'x.io/a')).toEqual([]);
  });

  test('name an entry of sources, of any file', async () => {
    const files = {
      '/c/1.json': JSON.stringify({ auths: { 'reg.io': { source: 'prod' } } }),
      '/c/2.json': JSON.stringify({
        sources: { prod: { type: 'static', username: 'u', passwordFile: 'p' } },
      }),
    };
    const config = await loadConfig(['/c'], memoryIo({ files }));
    expect(entriesFor(config, 'reg.io/a')).toEqual(['reg.io prod']);
    const image = { host: 'reg.io', registry: 'reg.io', repository: 'a', tag: undefined, digest: undefined };
    expect(config.matcher.find(image).entries[0]?.source.directory).toBe('/c');
  });

  test('that are empty count only where a credential store is configured', async () => {
    const without = await load({ auths: { 'reg.io': {} } });
    expect(entriesFor(without, 'reg.io/a')).toEqual([]);
    expect(without.notices).toEqual([
      { file, path: 'auths["reg.io"]', problem: expect.stringContaining('credsStore') },
    ]);
    const withStore = await load({ auths: { 'reg.io': {} }, credsStore: 'pass' });
    expect(entriesFor(withStore, 'reg.io/a')).toEqual([
      'reg.io docker-credential-helper',
      'credsStore docker-credential-helper',
    ]);
  });
});

test('credential helpers come before static entries of equal patterns, the credential store after everything', async () => {
  const config = await load({
    credsStore: 'store',
    credHelpers: { 'reg.io': 'gcr' },
    auths: { 'reg.io': { username: 'u', password: 'p' }, '*': { source: 'anonymous' } },
  });
  expect(entriesFor(config, 'reg.io/a')).toEqual([
    'reg.io docker-credential-helper',
    'reg.io static',
    '* anonymous',
    'credsStore docker-credential-helper',
  ]);
});

test("docker's own other keys are allowed and ignored", async () => {
  const config = await load({
    HttpHeaders: { 'User-Agent': 'x' },
    psFormat: 'table',
    pluginsFormat: 'table',
    experimental: 'enabled',
    currentContext: 'default',
    plugins: {},
    auths: { 'reg.io': { auth: 'dTpw' } },
  });
  expect(entriesFor(config, 'reg.io/a')).toHaveLength(1);
});

test('plain values have defaults, and the last file that sets one wins', async () => {
  const defaults = await load({});
  expect(defaults).toMatchObject({
    timeout: 45_000,
    cache: { directory: '/run/keyring-credential-provider', enabled: true, static: 300_000, noMatch: 60_000 },
  });
  const files = {
    '/c/1.json': JSON.stringify({ timeout: '10s', cache: { static: '1h', noMatch: '0s', enabled: false } }),
    '/c/2.json': JSON.stringify({ timeout: '1m1s'.replace('1m1s', '20s'), cache: { directory: '/var/x' } }),
  };
  expect(await loadConfig(['/c'], memoryIo({ files }))).toMatchObject({
    timeout: 20_000,
    cache: { directory: '/var/x', enabled: false, static: 3_600_000, noMatch: 0 },
  });
  const moved = await loadConfig(['/c'], memoryIo({ files, env: { KEYRING_CACHE_DIR: '/tmp/y' } }));
  expect(moved.cache.directory).toBe('/tmp/y');
});

describe('"matching": "kubelet"', () => {
  const auths = {
    '*my-registry.io/images': { username: 'a', password: 'x' },
    'my-registry.io/im': { username: 'b', password: 'x' },
    'reg?.io': { username: 'c', password: 'x' },
    'https://index.docker.io/v1/': { username: 'hub', password: 'x' },
    'a b.io': { username: 'd', password: 'x' },
  };
  test("gives a file's patterns the kubelet's own rules", async () => {
    const config = await load({ matching: 'kubelet', auths });
    expect(entriesFor(config, 'my-registry.io/images/x')).toEqual([
      'my-registry.io/im static',
      '*my-registry.io/images static',
    ]);
    expect(entriesFor(config, 'sub.my-registry.io/images/x')).toEqual([]);
    expect(entriesFor(config, 'reg1.io/x')).toEqual([]);
    expect(entriesFor(config, 'nginx')).toEqual(['https://index.docker.io/v1/ static']);
  });
  test('says which keys the kubelet would skip', async () => {
    const { notices } = await load({ matching: 'kubelet', auths });
    expect(notices.map(({ path }) => path)).toEqual(['auths["a b.io"]']);
    expect(notices[0]?.problem).toContain('the kubelet skips it');
  });
  test('hides the fallback to index.docker.io behind any other key of the same file only', async () => {
    const hub = { 'https://index.docker.io/v1/': { username: 'hub', password: 'x' } };
    const files = {
      '/c/1.json': JSON.stringify({ matching: 'kubelet', auths: hub }),
      '/c/2.json': JSON.stringify({
        matching: 'kubelet',
        auths: { ...hub, 'docker.io': { username: 'u', password: 'x' } },
      }),
      '/c/3.json': JSON.stringify({ auths: { 'docker.i?': { source: 'anonymous' } } }),
    };
    const config = await loadConfig(['/c'], memoryIo({ files }));
    expect(entriesFor(config, 'nginx')).toEqual([
      'https://index.docker.io/v1/ static',
      'docker.io static',
      'docker.i? anonymous',
    ]);
  });
});
