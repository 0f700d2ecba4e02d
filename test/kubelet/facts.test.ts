/** What the product relies on in the kubelet, asked of the kubelet: each test would notice if a newer one changed it. */

import { beforeAll, describe, expect, test } from 'bun:test';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  buildHarness,
  buildTimeout,
  type Kubelet,
  kubeletSource,
  kubeletVersions,
  type Lookup,
  type Pod,
  type ServiceAccount,
  skipWithoutGo,
  startKubelet,
} from '../support/harness.ts';
import { answers, apiVersion, Provider, says } from '../support/provider.ts';
import rows from './rows.json';

const pod: Pod = { namespace: 'team', name: 'app-1', uid: 'pod-1', serviceAccount: 'puller' };
const puller: ServiceAccount = {
  namespace: 'team',
  name: 'puller',
  uid: 'sa-1',
  annotations: { 'eks.amazonaws.com/ecr-role-arn': 'arn:aws:iam::123456789012:role/pull', other: 'x' },
  token: 'token-of-{pod}',
};
const tokenAttributes = {
  serviceAccountTokenAudience: 'sts.amazonaws.com',
  cacheType: 'ServiceAccount',
  requireServiceAccount: true,
  optionalServiceAccountAnnotationKeys: ['eks.amazonaws.com/ecr-role-arn', 'absent'],
};

function users(lookups: readonly Lookup[]): string[][] {
  return lookups.map(({ credentials }) => credentials.map(({ username }) => username));
}

async function usersFor(kubelet: Kubelet, ...images: string[]): Promise<string[][]> {
  return users(await kubelet.lookup(images));
}

describe.skipIf(skipWithoutGo).each(kubeletVersions)('kubelet %s', version => {
  beforeAll(() => buildHarness(version), buildTimeout);

  describe('the request', () => {
    const images = [
      ['nginx', 'docker.io/library/nginx'],
      ['nginx:1.25', 'docker.io/library/nginx'],
      ['team/app', 'docker.io/team/app'],
      ['index.docker.io/team/app', 'docker.io/team/app'],
      ['reg.io:5000/a/b:tag', 'reg.io:5000/a/b'],
      [`reg.io/a@sha256:${'0'.repeat(64)}`, 'reg.io/a'],
      ['localhost/a', 'localhost/a'],
    ] as const;

    test.each(rows.encodeRequest.slice(0, 3))(
      'is one line of JSON in the version asked for: $apiVersion',
      async row => {
        using provider = new Provider('cat', { apiVersion: row.apiVersion });
        await using kubelet = await provider.start(version);
        await kubelet.lookup([`${row.image}:tag`]);
        expect(readFileSync(`${provider.folder}/requests`, 'utf8')).toBe(row.stdin);
      },
    );

    test('names the image fully, without tag and digest', async () => {
      using provider = new Provider(answers([]));
      await using kubelet = await provider.start(version);
      await kubelet.lookup(images.map(([image]) => image));
      expect(provider.requests.map(({ image }) => image)).toEqual(images.map(([, name]) => name));
    });

    test('comes with the args, and with the environment of the kubelet overridden by that of the provider', async () => {
      const script = 'cat >/dev/null; echo "$* $HOME $PATH" >&2; exit 1';
      const env = [{ name: 'HOME', value: '/overridden' }];
      using provider = new Provider(script, { args: ['--config', '/a b'], env });
      await using kubelet = await provider.start(version);
      await kubelet.lookup(['reg.io/a']);
      expect(kubelet.log).toContain(`exit status 1: --config /a b /overridden ${process.env.PATH}`);
    });
  });

  describe('the response', () => {
    const response = { kind: 'CredentialProviderResponse', apiVersion, cacheKeyType: 'Image' };
    const auth = { 'reg.io': { username: 'u', password: 'p' } };
    const refused: readonly [string, string][] = [
      ['an unknown field', JSON.stringify({ ...response, auth, expiry: 1 })],
      [
        'an unknown field of a credential',
        JSON.stringify({ ...response, auth: { 'reg.io': { identitytoken: 't' } } }),
      ],
      ['a field in the wrong case', JSON.stringify({ ...response, Auth: auth })],
      ['a field that stands twice', `{"auth":{},${JSON.stringify({ ...response, auth }).slice(1)}`],
      ['a cacheDuration that is a number', JSON.stringify({ ...response, auth, cacheDuration: 60 })],
      ['no cacheKeyType', JSON.stringify({ ...response, cacheKeyType: undefined, auth })],
      ['another cacheKeyType', JSON.stringify({ ...response, cacheKeyType: 'ServiceAccount', auth })],
      [
        'another version than was asked for',
        JSON.stringify({ ...response, apiVersion: `${apiVersion}beta1`, auth }),
      ],
      ['another kind', JSON.stringify({ ...response, kind: 'WrongKind', auth })],
      [
        'a credential that stands twice',
        JSON.stringify({ ...response, auth }).replace('{"reg.io":', '{"reg.io":{},"reg.io":'),
      ],
      ['a line before the JSON', `hello\n${JSON.stringify({ ...response, auth })}`],
      ['a line after the JSON', `${JSON.stringify({ ...response, auth })}\nbye`],
    ];

    test.each(refused)('is refused with %s', async (_, text) => {
      using provider = new Provider(says(text));
      await using kubelet = await provider.start(version);
      expect(await usersFor(kubelet, 'reg.io/a')).toEqual([[]]);
    });

    test('is taken with a Go duration, and without one', async () => {
      for (const cacheDuration of ['5h30m0s', '0s', null, undefined]) {
        using provider = new Provider(says(JSON.stringify({ ...response, auth, cacheDuration })));
        await using kubelet = await provider.start(version);
        expect(await usersFor(kubelet, 'reg.io/a')).toEqual([['u']]);
      }
    });

    test('with an empty username and password counts as a credential', async () => {
      using provider = new Provider(
        says(JSON.stringify({ ...response, auth: { 'reg.io': { username: '', password: '' } } })),
      );
      await using kubelet = await provider.start(version);
      expect(await usersFor(kubelet, 'reg.io/a')).toEqual([['']]);
    });

    test.each(rows.decodeResponse)('of kind $kind and $apiVersion is decoded: $ok', async row => {
      const asked = row.ok ? row.apiVersion : `${apiVersion}beta1`;
      const script = answers(['reg.io'], { kind: row.kind, apiVersion: row.apiVersion });
      using provider = new Provider(script, { apiVersion: asked });
      await using kubelet = await provider.start(version);
      expect(await usersFor(kubelet, 'reg.io/a')).toEqual([row.ok ? ['reg.io'] : []]);
    });

    test.each(rows.externalKeyring.filter(({ providers }) => providers.length > 0))(
      'for $image from providers with $providers: $count',
      async ({ image, providers, found, count }) => {
        using provider = new Provider(
          answers(providers[0] ?? []),
          providers.map((_, i) => ({ name: `plugin-${i}` })),
        );
        await using kubelet = await provider.start(version);
        const [lookup] = await kubelet.lookup([image]);
        expect(lookup).toMatchObject({ found });
        expect(lookup?.credentials).toHaveLength(count);
      },
    );

    test.each(rows.provide)('for $image under $auth is found by a provider for $matchImages', async row => {
      using provider = new Provider(answers(row.auth, { cacheKeyType: row.cacheKeyType }), {
        matchImages: row.matchImages,
      });
      await using kubelet = await provider.start(version);
      const image = row.image.includes('/') ? row.image : `${row.image}/app`;
      expect(await usersFor(kubelet, image)).toEqual([row.provided]);
    });
  });

  describe('other credentials', () => {
    const auth = { 'reg.io': { username: 'plugin', password: 'p' } };

    test("of the pod's imagePullSecrets are tried first, however unspecific their key", async () => {
      using provider = new Provider(answers([], { auth }));
      await using kubelet = await provider.start(version);
      const pullSecret = { auths: { '*.io': { username: 'secret', password: 'p' } } };
      const lookups = await kubelet.lookup(['reg.io/a'], { pullSecret });
      expect(users(lookups)).toEqual([['secret', 'plugin']]);
    });

    test('of a second provider are sorted among those of the first, by key', async () => {
      const script = `if [ "$1" = first ]; then ${answers(['*.io', 're*g.io'])}\nelse ${answers(['r*eg.io', 'reg.io'])}\nfi`;
      using provider = new Provider(script, [
        { name: 'one', args: ['first'] },
        { name: 'two', args: ['second'] },
      ]);
      await using kubelet = await provider.start(version);
      expect(await usersFor(kubelet, 'reg.io/a')).toEqual([['reg.io', 're*g.io', 'r*eg.io', '*.io']]);
    });
  });

  describe('the start', () => {
    test('wants the plugin, and that it can be executed', async () => {
      for (const spoil of [
        (path: string) => rmSync(path),
        (path: string) => chmodSync(path, 0o644),
        (path: string) => rmSync(dirname(path), { recursive: true }),
      ]) {
        using provider = new Provider(answers([]));
        spoil(`${provider.binDir}/plugin`);
        await using kubelet = await startKubelet(version);
        expect(await kubelet.register(provider.config, provider.binDir)).toMatch(/plugin/);
      }
    });

    test('is the only time that the configuration is read', async () => {
      using provider = new Provider(answers(['reg.io']));
      await using kubelet = await provider.start(version);
      writeFileSync(provider.config, 'not a configuration');
      expect(await usersFor(kubelet, 'reg.io/a')).toEqual([['reg.io']]);
    });

    test('takes a folder, where names must differ and something must be', async () => {
      using provider = new Provider(answers(['reg.io']));
      const folder = `${provider.folder}/configs`;
      const register = async () => {
        await using kubelet = await startKubelet(version);
        return kubelet.register(folder, provider.binDir);
      };
      mkdirSync(folder);
      expect(await register()).toContain('no configuration files found in directory');
      const config = readFileSync(provider.config, 'utf8');
      writeFileSync(`${folder}/10.json`, config);
      writeFileSync(`${folder}/20.txt`, 'not read');
      expect(await register()).toBeUndefined();
      writeFileSync(`${folder}/20.yaml`, config);
      expect(await register()).toContain('duplicate provider name "plugin" found in configuration file(s)');
    });
  });

  test('a plugin has one minute, of which ours takes 55 seconds at most', async () => {
    const source = await kubeletSource(version, 'plugin.go');
    expect(source).toMatch(/WithTimeout\(ctx, 1\*time\.Minute\)/);
  });

  describe('a failing plugin', () => {
    const failing = 'cat >/dev/null; echo "ecr: no region: set one [NoRegion]" >&2; exit 1';

    test('gives no credential, and its stderr is in the log', async () => {
      using provider = new Provider(failing);
      await using kubelet = await provider.start(version);
      expect(await kubelet.lookup(['reg.io/a'])).toMatchObject([{ found: false, credentials: [] }]);
      expect(kubelet.log).toContain('exit status 1: ecr: no region: set one [NoRegion]');
    });

    test('gives no credential even where it has printed an answer', async () => {
      using provider = new Provider(`${answers(['reg.io'])}\nexit 1`);
      await using kubelet = await provider.start(version);
      expect(await usersFor(kubelet, 'reg.io/a')).toEqual([[]]);
    });

    test('is asked again for the next image, since errors are not cached', async () => {
      using provider = new Provider(failing, { defaultCacheDuration: '1h' });
      await using kubelet = await provider.start(version);
      expect(await usersFor(kubelet, 'reg.io/a')).toEqual([[]]);
      provider.script = answers(['reg.io']);
      expect(await usersFor(kubelet, 'reg.io/a')).toEqual([['reg.io']]);
    });

    test('has its stderr dropped when it ends with 0', async () => {
      using provider = new Provider(`echo warning-text >&2; ${answers(['reg.io'])}`);
      await using kubelet = await provider.start(version);
      expect(await usersFor(kubelet, 'reg.io/a')).toEqual([['reg.io']]);
      expect(kubelet.log).not.toContain('warning-text');
    });
  });

  describe('the cache', () => {
    const sequence = ['reg.io/a', 'reg.io/b', 'other.io/a', 'reg.io/a'];

    test.each([
      ['Image', ['reg.io/a', 'reg.io/b', 'other.io/a']],
      ['Registry', ['reg.io/a', 'other.io/a']],
      ['Global', ['reg.io/a']],
    ])('of type %s asks once for each', async (cacheKeyType, asked) => {
      using provider = new Provider(answers(['*.io'], { cacheKeyType, cacheDuration: '1h' }));
      await using kubelet = await provider.start(version);
      expect(await usersFor(kubelet, ...sequence)).toEqual(sequence.map(() => ['*.io']));
      expect(provider.requests.map(({ image }) => image)).toEqual(asked);
    });

    test('of type Registry takes the port for a part of the registry, and every name of Docker Hub for one', async () => {
      using provider = new Provider(answers(['*.io'], { cacheKeyType: 'Registry', cacheDuration: '1h' }));
      await using kubelet = await provider.start(version);
      await kubelet.lookup(['reg.io/a', 'reg.io:5000/a', 'reg.io:80/a', 'nginx', 'index.docker.io/team/app']);
      expect(provider.requests.map(({ image }) => image)).toEqual([
        'reg.io/a',
        'reg.io:5000/a',
        'reg.io:80/a',
        'docker.io/library/nginx',
      ]);
    });

    test('asks again when the duration of an answer is over', async () => {
      using provider = new Provider(answers(['reg.io'], { cacheDuration: '1s500ms' }));
      await using kubelet = await provider.start(version);
      const end = Date.now() + 30_000;
      while (provider.requests.length < 2 && Date.now() < end) await kubelet.lookup(['reg.io/a']);
      expect(provider.requests).toHaveLength(2);
    });

    test('keeps an answer without credentials, too', async () => {
      using provider = new Provider(answers([], { cacheDuration: '1h' }));
      await using kubelet = await provider.start(version);
      await kubelet.lookup(['reg.io/a', 'reg.io/a']);
      expect(provider.requests).toHaveLength(1);
    });

    test('gives the first hit even if its keys do not match: path keys and Registry leave a neighbour anonymous', async () => {
      using provider = new Provider(answers(['reg.io/a'], { cacheKeyType: 'Registry', cacheDuration: '1h' }));
      await using kubelet = await provider.start(version);
      expect(await usersFor(kubelet, 'reg.io/a', 'reg.io/b')).toEqual([['reg.io/a'], []]);
      expect(provider.requests).toHaveLength(1);
    });

    test.each([
      ['a duration of 0s', { cacheDuration: '0s' }, '1h', 2],
      ['no duration and a default of 0s', {}, '0s', 2],
      ['no duration and a default', {}, '1h', 1],
    ])('with %s', async (_, response, defaultCacheDuration, asked) => {
      using provider = new Provider(answers(['reg.io'], response), { defaultCacheDuration });
      await using kubelet = await provider.start(version);
      await kubelet.lookup(['reg.io/a', 'reg.io/a']);
      expect(provider.requests).toHaveLength(asked);
    });
  });

  describe('at the same time', () => {
    test('the same image is asked for once', async () => {
      using provider = new Provider(`sleep 1; ${answers(['reg.io'])}`);
      await using kubelet = await provider.start(version);
      const lookups = await kubelet.lookup(Array(5).fill('reg.io/a'), { parallel: true });
      expect(users(lookups)).toEqual(Array(5).fill(['reg.io']));
      expect(provider.requests).toHaveLength(1);
    });

    test('images of one registry are asked for each on its own, even where the answer is for the registry', async () => {
      using provider = new Provider(
        `sleep 1; ${answers(['reg.io'], { cacheKeyType: 'Registry', cacheDuration: '1h' })}`,
      );
      await using kubelet = await provider.start(version);
      await kubelet.lookup(['reg.io/a', 'reg.io/b', 'reg.io/c'], { parallel: true });
      expect(provider.requests).toHaveLength(3);
    });
  });

  describe('service accounts', () => {
    test('the token and the annotations asked for come with the request', async () => {
      using provider = new Provider(answers(['reg.io']), { tokenAttributes });
      await using kubelet = await provider.start(version, [puller]);
      expect(users(await kubelet.lookup(['reg.io/a'], { pod }))).toEqual([['reg.io']]);
      expect(provider.requests).toEqual([
        {
          kind: 'CredentialProviderRequest',
          apiVersion,
          image: 'reg.io/a',
          serviceAccountToken: 'token-of-app-1',
          serviceAccountAnnotations: {
            'eks.amazonaws.com/ecr-role-arn': 'arn:aws:iam::123456789012:role/pull',
          },
        },
      ]);
    });

    test.each([
      ['ServiceAccount', 1],
      ['Token', 2],
    ])('cacheType %s: two pods of one account ask %d times', async (cacheType, asked) => {
      const attributes = { ...tokenAttributes, cacheType };
      using provider = new Provider(answers(['reg.io'], { cacheDuration: '1h' }), {
        tokenAttributes: attributes,
      });
      await using kubelet = await provider.start(version, [puller]);
      await kubelet.lookup(['reg.io/a'], { pod });
      await kubelet.lookup(['reg.io/a'], { pod: { ...pod, name: 'app-2', uid: 'pod-2' } });
      expect(provider.requests).toHaveLength(asked);
    });

    test('two accounts never share an answer', async () => {
      const other = { ...puller, name: 'other', uid: 'sa-2', annotations: {} };
      using provider = new Provider(answers(['reg.io'], { cacheKeyType: 'Global', cacheDuration: '1h' }), {
        tokenAttributes,
      });
      await using kubelet = await provider.start(version, [puller, other]);
      await kubelet.lookup(['reg.io/a'], { pod });
      await kubelet.lookup(['reg.io/a'], { pod: { ...pod, serviceAccount: 'other' } });
      expect(provider.requests.map(request => request.serviceAccountAnnotations)).toHaveLength(2);
    });

    test('without an account the plugin is asked only where the account is not required', async () => {
      for (const requireServiceAccount of [true, false]) {
        using provider = new Provider(answers(['reg.io']), {
          tokenAttributes: { ...tokenAttributes, requireServiceAccount },
        });
        await using kubelet = await provider.start(version, [puller]);
        const lookups = await kubelet.lookup(['reg.io/a'], { pod: { ...pod, serviceAccount: '' } });
        expect(users(lookups)).toEqual([requireServiceAccount ? [] : ['reg.io']]);
      }
    });

    test('without a required annotation the plugin is not asked', async () => {
      const attributes = { ...tokenAttributes, requiredServiceAccountAnnotationKeys: ['needed'] };
      using provider = new Provider(answers(['reg.io']), { tokenAttributes: attributes });
      await using kubelet = await provider.start(version, [puller]);
      expect(users(await kubelet.lookup(['reg.io/a'], { pod }))).toEqual([[]]);
      expect(provider.requests).toEqual([]);
    });

    test('an answer that hands the token back is dropped, unless the cache type is Token', async () => {
      for (const cacheType of ['ServiceAccount', 'Token']) {
        const auth = { 'reg.io': { username: 'u', password: 'token-of-app-1' } };
        using provider = new Provider(answers([], { auth }), {
          tokenAttributes: { ...tokenAttributes, cacheType },
        });
        await using kubelet = await provider.start(version, [puller]);
        const lookups = await kubelet.lookup(['reg.io/a'], { pod });
        expect(users(lookups)).toEqual([cacheType === 'Token' ? ['u'] : []]);
      }
    });
  });
});
