import { describe, expect, test } from 'bun:test';
import { entriesFor, load } from './documents.ts';

const config = '/var/lib/kubelet/config.json';
const own = { dockerConfigFiles: [config] };

async function loadDocker(content: unknown, extra: Record<string, unknown> = {}) {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  return load({ ...own, ...extra }, { files: { [config]: text } });
}

describe("docker's config.json", () => {
  test('comes after the own entries of equal patterns', async () => {
    const auths = { 'reg.io': { auth: 'dTpw' } };
    const loaded = await loadDocker({ auths }, { auths: { 'reg.io': { source: 'anonymous' } } });
    expect(entriesFor(loaded, 'reg.io/a')).toEqual(['reg.io anonymous', 'reg.io static']);
  });
  test('brings helpers and store', async () => {
    const loaded = await loadDocker({
      auths: { 'x.io': {} },
      credHelpers: { 'gcr.io': 'gcloud' },
      credsStore: 'pass',
    });
    expect(entriesFor(loaded, 'gcr.io/a')).toEqual([
      'gcr.io docker-credential-helper',
      'credsStore docker-credential-helper',
    ]);
    expect(entriesFor(loaded, 'x.io/a')).toHaveLength(2);
  });
  test('may hold keys that only docker knows, in itself and in its entries', async () => {
    const loaded = await loadDocker({
      auths: { 'reg.io': { auth: 'dTpw', foo: 1 } },
      HttpHeaders: {},
      foo: 'bar',
    });
    expect(entriesFor(loaded, 'reg.io/a')).toEqual(['reg.io static']);
    expect(loaded.notices).toEqual([]);
  });
  test('knows no key of ours', async () => {
    const loaded = await loadDocker({ auths: { 'reg.io': { username: 'u', passwordFile: '/etc/shadow' } } });
    expect(entriesFor(loaded, 'reg.io/a')).toEqual([]);
    expect(loaded.notices).toHaveLength(1);
  });
});

test('a legacy .dockercfg is the map of registries itself', async () => {
  const loaded = await loadDocker({
    'https://index.docker.io/v1/': { auth: 'dTpw', email: 'e' },
    'reg.io': { auth: 'dTpw' },
  });
  expect(entriesFor(loaded, 'nginx')).toEqual(['https://index.docker.io/v1/ static']);
  expect(entriesFor(loaded, 'reg.io/a')).toEqual(['reg.io static']);
});

describe('what is wrong is noticed and takes nothing else down', () => {
  test.each<[string, unknown, string, string]>([
    ['no JSON', '{"auths": s3cret', '', 'no JSON'],
    ['no object', '[]', '', 'no JSON object'],
    [
      'a malformed pattern',
      { auths: { 'a[.io': { auth: 'dTpw' }, 'reg.io': { auth: 'dTpw' } } },
      'auths["a[.io"]',
      'malformed',
    ],
    [
      'auth that is no base64',
      { auths: { 'a.io': { auth: '%' }, 'reg.io': { auth: 'dTpw' } } },
      'auths["a.io"].auth',
      'base64',
    ],
    [
      'an entry that is no object',
      { auths: { 'a.io': 'x', 'reg.io': { auth: 'dTpw' } } },
      'auths["a.io"]',
      'object',
    ],
    [
      'an empty entry without store',
      { auths: { 'a.io': {}, 'reg.io': { auth: 'dTpw' } } },
      'auths["a.io"]',
      'credsStore',
    ],
    [
      'a helper that is a path',
      { credHelpers: { 'a.io': '/x' }, auths: { 'reg.io': { auth: 'dTpw' } } },
      'credHelpers["a.io"]',
      'not a path',
    ],
    [
      'an entry of a legacy file',
      { 'a.io': { auth: '%' }, 'reg.io': { auth: 'dTpw' } },
      '["a.io"].auth',
      'base64',
    ],
  ])('%s', async (_, content, path, problem) => {
    const loaded = await loadDocker(content, { auths: { '*': { source: 'anonymous' } } });
    expect(loaded.notices).toHaveLength(1);
    expect(loaded.notices[0]).toMatchObject({ file: config, path });
    expect(loaded.notices[0]?.problem).toContain(problem);
    expect(loaded.notices[0]?.problem).not.toContain('s3cret');
    expect(entriesFor(loaded, 'reg.io/a')).toContain('* anonymous');
    if (typeof content === 'object') expect(entriesFor(loaded, 'reg.io/a')).toContain('reg.io static');
  });

  test('a missing file', async () => {
    const loaded = await load({ dockerConfigFiles: ['missing.json'] });
    expect(loaded.notices).toEqual([
      { file: '/etc/test/missing.json', path: '', problem: 'skipped: it does not exist' },
    ]);
  });

  test('a file that others may write, as root', async () => {
    const system = { uid: 0, files: { [config]: { content: '{}', mode: 0o100666 } } };
    const { notices } = await load(own, system);
    expect(notices[0]?.problem).toContain('can be written by others');
  });
});
