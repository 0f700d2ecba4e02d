/** The plugin's answers in the hands of the kubelet: its cache, its versions, its service accounts, its own grammar. */

import { beforeAll, describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { builtExecutable } from '../support/built.ts';
import {
  buildHarness,
  buildTimeout,
  type Credential,
  kubeletVersions,
  type ServiceAccount,
  skipWithoutGo,
  startKubelet,
} from '../support/harness.ts';
import { apiVersion, Keyring } from '../support/provider.ts';

/** Patterns of the documentation: what a kubelet does with each alone, and what it does through this plugin. */
const documented: readonly [pattern: string, image: string, alone: boolean, throughPlugin: boolean][] = [
  ['*my-registry.io/images', 'my-registry.io/images', true, true],
  ['*my-registry.io/images', 'my-registry.io/images/my-image', true, true],
  ['*my-registry.io/images', 'my-registry.io/images/another-image', true, true],
  ['*my-registry.io/images', 'sub.my-registry.io/images/my-image', false, true],
  ['*my-registry.io/images', 'a.sub.my-registry.io/images/my-image', false, true],
  ['*my-registry.io/images', 'my-registry.io/images-internal/x', true, false],
  ['*my-registry.io/images', 'my-registry.io/other', false, false],
  ['*.my-registry.io/images', 'sub.my-registry.io/images/my-image', true, true],
  ['*.my-registry.io/images', 'my-registry.io/images/my-image', false, false],
  ['my-registry.i?', 'my-registry.io/x', false, true],
  ['my-registry.i?/images', 'my-registry.io/images/x', false, true],
  ['my-registry.[a-z]o', 'my-registry.io/x', false, true],
  ['my-registry.[^0-9]o', 'my-registry.io/x', false, true],
  ['[l-n]y-registry.io', 'my-registry.io/x', false, true],
  ['[^a-z]y-registry.io', 'my-registry.io/x', false, false],
  ['my\\-registry.io', 'my-registry.io/x', false, true],
  ['*.kubernetes.io', 'abc.kubernetes.io/x', true, true],
  ['*.kubernetes.io', 'kubernetes.io/x', false, false],
  ['*.*.kubernetes.io', 'abc.def.kubernetes.io/x', true, true],
  ['*.*.kubernetes.io', 'abc.kubernetes.io/x', false, false],
  ['prefix.*.io', 'prefix.kubernetes.io/x', true, true],
  ['*-good.kubernetes.io', 'prefix-good.kubernetes.io/x', true, true],
  ['my-registry.io', 'my-registry.io:5000/x', false, false],
  ['my-registry.io:5000', 'my-registry.io:5000/x', true, true],
  ['https://index.docker.io/v1/', 'nginx', true, true],
  ['https://index.docker.io/v1', 'nginx', false, false],
  ['registry-1.docker.io', 'nginx', false, true],
  ['docker.io/library', 'nginx', true, true],
];

const host = fc.constantFrom(
  'reg.io',
  'a.reg.io',
  'b.reg.io',
  'reg.io:5000',
  'localhost',
  'docker.io',
  '[::1]:5000',
);
const segments = fc
  .array(fc.constantFrom('a', 'b', 'ab'), { maxLength: 3 })
  .map(parts => parts.map(part => `/${part}`).join(''));
const hostPattern = fc.oneof(
  host,
  fc.constantFrom(
    '*',
    '*.io',
    '*reg.io',
    '*.reg.io',
    '?.reg.io',
    '[a-b].reg.io',
    're*',
    '*:5000',
    'reg.io:*',
    'docker.*',
  ),
);
const pattern = fc.tuple(hostPattern, segments).map(([hosts, path]) => hosts + path);
const image = fc.tuple(host, segments).map(([registry, path]) => `${registry}${path}/app`);

/** A configuration, the users numbered so that each credential is one of a kind, and images in the order of their pods. */
const node = fc.record({
  auths: fc.dictionary(pattern, fc.integer({ min: 1, max: 3 }), { minKeys: 1, maxKeys: 8 }).map(counts => {
    let user = 0;
    return Object.fromEntries(
      Object.entries(counts).map(([key, count]) => {
        return [key, Array.from({ length: count }, () => ({ username: `user-${++user}`, password: 'p' }))];
      }),
    );
  }),
  images: fc.array(image, { minLength: 2, maxLength: 10 }),
});

function users(credentials: readonly Credential[]): string[] {
  return credentials.map(({ username }) => username);
}

describe.skipIf(skipWithoutGo).each(kubeletVersions)('kubelet %s', version => {
  let executable: string;
  beforeAll(async () => {
    await buildHarness(version);
    executable = await builtExecutable();
  }, buildTimeout);

  test('gives every image what a fresh run gives, whatever it has cached before', async () => {
    let tried = 0;
    await fc.assert(
      fc.asyncProperty(node, async ({ auths, images }) => {
        using keyring = new Keyring(executable, { auths }, { defaultCacheDuration: '1h' });
        await using kubelet = await keyring.start(version);
        for (const [i, lookup] of (await kubelet.lookup(images)).entries()) {
          const auth = await keyring.answer(lookup.repository);
          const keys = await kubelet.keyringOrder(Object.keys(auth), lookup.repository);
          const fresh = keys.map(key => auth[key]?.username ?? '');
          expect({ image: images[i], users: users(lookup.credentials) }).toEqual({
            image: images[i],
            users: fresh,
          });
          expect(keys).toHaveLength(Object.keys(auth).length);
          tried += keys.length;
        }
      }),
      { numRuns: version === '1.36' ? 60 : 20 },
    );
    expect(tried).toBeGreaterThan(50);
  }, 120_000);

  test('asks once for all images of a registry where no pattern has a path', async () => {
    using keyring = new Keyring(executable, { auths: { 'reg.io': { username: 'u', password: 'p' } } });
    await using kubelet = await keyring.start(version);
    const lookups = await kubelet.lookup(['reg.io/a', 'reg.io/b', 'reg.io/c/d']);
    expect(lookups.map(({ credentials }) => users(credentials))).toEqual([['u'], ['u'], ['u']]);
    expect(keyring.requests).toHaveLength(1);
  });

  test('is told of a failure, and asks again at once', async () => {
    using keyring = new Keyring(executable, {
      auths: { 'reg.io': { username: 'u', passwordFile: 'later' } },
    });
    await using kubelet = await keyring.start(version);
    expect(await kubelet.lookup(['reg.io/a'])).toMatchObject([{ credentials: [] }]);
    expect(kubelet.log).toContain('exit status 1: keyring-credential-provider: static: ');
    await Bun.write(`${keyring.folder}/later`, 'p\n');
    expect(await kubelet.lookup(['reg.io/a'])).toMatchObject([
      { credentials: [{ username: 'u', password: 'p' }] },
    ]);
  });

  test.each(['v1', 'v1beta1', 'v1alpha1'])('takes answers in API version %s', async api => {
    for (const configVersion of ['v1', 'v1beta1', 'v1alpha1']) {
      const auths = { 'reg.io': [{ username: 'first', password: 'p' }, { source: 'anonymous' }] };
      const entry = { apiVersion: `credentialprovider.kubelet.k8s.io/${api}` };
      using keyring = new Keyring(executable, { auths }, entry, configVersion);
      await using kubelet = await keyring.start(version);
      const [lookup] = await kubelet.lookup(['reg.io/a']);
      expect(users(lookup?.credentials ?? [])).toEqual(['first', '']);
    }
  });

  test('takes answers to requests with a service account', async () => {
    const account: ServiceAccount = {
      namespace: 'team',
      name: 'puller',
      uid: '1',
      annotations: { 'eks.amazonaws.com/ecr-role-arn': 'arn:aws:iam::123456789012:role/pull' },
      token: 'header.payload.signature',
    };
    const tokenAttributes = {
      serviceAccountTokenAudience: 'sts.amazonaws.com',
      cacheType: 'ServiceAccount',
      requireServiceAccount: false,
      optionalServiceAccountAnnotationKeys: Object.keys(account.annotations),
    };
    const auths = { 'reg.io': { username: 'u', password: 'p' } };
    using keyring = new Keyring(executable, { auths }, { apiVersion, tokenAttributes });
    await using kubelet = await keyring.start(version, [account]);
    const pod = { namespace: 'team', name: 'app', uid: '2', serviceAccount: 'puller' };
    expect(await kubelet.lookup(['reg.io/a'], { pod })).toMatchObject([{ credentials: [{ username: 'u' }] }]);
    expect(keyring.requests).toMatchObject([{ serviceAccountToken: account.token }]);
  });

  test.each(documented)(
    '%s for %s: alone %p, through the plugin %p',
    async (key, name, alone, throughPlugin) => {
      using keyring = new Keyring(executable, { auths: { [key]: { username: 'u', password: 'p' } } });
      await using kubelet = await keyring.start(version);
      const [lookup] = await kubelet.lookup([name]);
      expect(lookup?.found).toBe(throughPlugin);
      await using bare = await startKubelet(version);
      expect(await bare.keyringOrder([key], lookup?.repository ?? '')).toHaveLength(alone ? 1 : 0);
    },
  );
});
