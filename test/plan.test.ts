import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { authKeys } from '../src/auth-keys.ts';
import type { Config } from '../src/config/load.ts';
import { parseReference } from '../src/image/reference.ts';
import { planFor } from '../src/plan.ts';
import { load } from './config/documents.ts';
import { type CachedAnswer, KubeletCache, triedFor } from './support/kubelet-cache.ts';

const anonymous = { source: 'anonymous' };

async function planOf(config: Record<string, unknown>, image: string) {
  const { matcher } = await load(config);
  return planFor(matcher, parseReference(image));
}

describe('the order of credentials', () => {
  test('is by specificity, then by place in the file, then by place in a list', async () => {
    const auths = {
      '*.io': { username: '4', password: 'x' },
      'https://reg.io/team': [
        { username: '1', password: 'x' },
        { username: '2', password: 'x' },
      ],
      'reg.io/team/': { username: '3', password: 'x' },
    };
    const { credentials } = await planOf({ auths }, 'reg.io/team/app');
    expect(credentials.map(({ entry, key }) => [entry.source.options.username, key])).toEqual([
      ['1', 'reg.io'],
      ['2', 're*g.io'],
      ['3', 're**g.io'],
      ['4', 're***g.io'],
    ]);
  });
  test('of the documentation: the longer path first, and both are answered', async () => {
    const auths = { 'my-registry.io/images': anonymous, 'my-registry.io/images/subpath': anonymous };
    const { credentials } = await planOf({ auths }, 'my-registry.io/images/subpath/my-image');
    expect(credentials.map(({ entry }) => entry.pattern)).toEqual([
      'my-registry.io/images/subpath',
      'my-registry.io/images',
    ]);
  });
});

describe('keys carry the host that the request wrote', () => {
  test.each([
    ['nginx', 'docker.io'],
    ['docker.io/library/nginx', 'docker.io'],
    ['registry-1.docker.io/library/nginx', 'registry-1.docker.io'],
    ['index.docker.io/library/nginx', 'index.docker.io'],
  ])('%s: %s', async (image, key) => {
    expect((await planOf({ auths: { 'docker.io': anonymous } }, image)).credentials[0]?.key).toBe(key);
  });
});

describe('cacheKeyType', () => {
  test.each([
    ['no path on this host', { 'reg.io': anonymous, 'other.io/a': anonymous }, 'Registry'],
    ['a path that matches', { 'reg.io/team': anonymous }, 'Image'],
    ['a path that does not match', { 'reg.io': anonymous, 'reg.io/other': anonymous }, 'Image'],
    ['a path behind a glob for the host', { 'reg.io': anonymous, '*.io/other': anonymous }, 'Image'],
    ['a path on another port', { 'reg.io': anonymous, 'reg.io:5000/other': anonymous }, 'Registry'],
    ['no entry at all', {}, 'Registry'],
    ['no match, but a path', { 'reg.io/other': anonymous }, 'Image'],
    [
      "a path that only another cloud's entry has",
      { 'reg.io': anonymous, '*.io/other': { source: 'ecr' } },
      'Registry',
    ],
  ])('%s', async (_, auths, expected) => {
    const plan = await planOf({ auths }, 'reg.io/team/app');
    expect(plan.cacheKeyType).toBe(expected as 'Image' | 'Registry');
    expect(plan.pathEntry === undefined).toBe(expected === 'Registry');
  });
});

describe("a cloud's token", () => {
  const ecr = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
  test.each([
    [{ '*': { source: 'ecr' } }, `${ecr}/a`, 1],
    [{ '*': { source: 'ecr' } }, 'evil.io/a', 0],
    [{ '*': { source: 'ecr' } }, `${ecr}.evil.io/a`, 0],
    [{ 'registry.corp.io': { source: 'ecr', region: 'eu-west-1' } }, 'registry.corp.io/a', 1],
    [{ 'registry.corp.io/a*': { source: 'ecr', region: 'eu-west-1' } }, 'registry.corp.io/a', 1],
    [{ '*.corp.io': { source: 'tcr' } }, 'registry.corp.io/a', 0],
    [{ '*.tencentcloudcr.com': { source: 'tcr' } }, 'team.tencentcloudcr.com/a/b', 1],
    [{ '*.ccs.tencentyun.com': { source: 'tcr' } }, 'ccr.ccs.tencentyun.com/a/b', 1],
  ])('%j for %s goes to %d entries', async (auths, image, count) => {
    const plan = await planOf({ auths }, image);
    expect(plan.credentials).toHaveLength(count);
    expect(plan.leftOut).toHaveLength(1 - count);
  });
});

/** Answers as the plugin does when every source succeeds with a credential of its own. */
function answerFrom(config: Config): (image: string) => CachedAnswer {
  return image => {
    const { credentials, cacheKeyType, image: reference } = planFor(config.matcher, parseReference(image));
    const keys = authKeys(reference.host, credentials.length);
    return { cacheKeyType, auth: new Map(credentials.map(({ entry }, i) => [keys[i] ?? '', entry.place])) };
  };
}

const host = fc.constantFrom(
  'a.io',
  'b.io',
  'a.io:80',
  'docker.io',
  'x.a.io',
  '[::1]',
  '[::1]:80',
  'localhost',
);
const repository = fc.constantFrom('x', 'x/y', 'x/z', 'y/x', 'library/x', 'xx/y');
const image = fc.tuple(host, repository).map(([itsHost, path]) => {
  return itsHost === 'docker.io' && !path.includes('/') ? `docker.io/library/${path}` : `${itsHost}/${path}`;
});
const pattern = fc
  .tuple(
    fc.constantFrom(
      'a.io',
      '*.io',
      '*',
      '?.io',
      'a.io:80',
      'a.io:*',
      'docker.io',
      'index.docker.io',
      '[::1]',
      '[::1]:80',
      'x.*',
    ),
    fc.constantFrom('', '', '/x', '/x/y', '/*', '/y', '/v1/', '/li*'),
  )
  .map(parts => parts.join(''));
const files = fc.record(
  { matching: fc.constant('kubelet'), auths: fc.dictionary(pattern, fc.constant(anonymous), { maxKeys: 6 }) },
  { requiredKeys: ['auths'] },
);

test("the kubelet's cache gives every image what a fresh run gives, over any configuration and sequence of images", async () => {
  await fc.assert(
    fc.asyncProperty(files, fc.array(image, { maxLength: 12 }), async (file, images) => {
      const ask = answerFrom(await load(file));
      const cache = new KubeletCache();
      for (const name of images) expect(cache.pull(name, ask)).toEqual(triedFor(ask(name), name));
    }),
    { numRuns: 2000 },
  );
});
