/** The keyring in TypeScript against the kubelet's own keyring, on keys and images made at random. */

import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { lookupOrder } from '../../src/kubelet/keyring.ts';
import {
  buildTimeout,
  type Kubelet,
  kubeletVersions,
  skipWithoutGo,
  startKubelet,
} from '../support/harness.ts';

const label = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('a', 'b', 'ab', 'reg', 'io', 'docker', 'index', '10', '0') },
  { weight: 1, arbitrary: fc.stringMatching(/^[ab-]{1,3}$/) },
);
const port = fc.constantFrom('', '', '', ':5000', ':80', ':');
const address = fc.constantFrom(
  '::1',
  '::',
  'fe80::1',
  '1:2:3:4:5:6:7:8',
  '::ffff:1.2.3.4',
  '1::1::1',
  '1.2.3.4',
);
const imageHost = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.array(label, { minLength: 1, maxLength: 4 }), port) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom(['docker', 'io'], ['index', 'docker', 'io']), fc.constant('')),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(
      address.map(text => [`[${text}]`]),
      port,
    ),
  },
);
const path = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.array(label, { maxLength: 3 }).map(parts => parts.map(part => `/${part}`).join('')),
  },
  { weight: 1, arbitrary: fc.stringMatching(/^\/[ab/%?#:.*é~ 0-9A-F]{0,6}$/) },
);
/** Two colons outside brackets are an error since Go 1.26, but not in the Go that builds kubelet 1.34. */
const anyText = fc.string({ maxLength: 12 }).filter(text => !/:.*:/s.test(text));
const image = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.tuple(imageHost, path).map(([[labels, port_], path_]) => labels.join('.') + port_ + path_),
  },
  { weight: 1, arbitrary: anyText },
);

/** A key that often matches the image: its text with a few places changed. */
function keyFor(imageName: string): fc.Arbitrary<string> {
  const star = fc.tuple(fc.nat(imageName.length), fc.nat(3), fc.integer({ min: 1, max: 3 }));
  const starred = star.map(([at, drop, stars]) => {
    return imageName.slice(0, at) + '*'.repeat(stars) + imageName.slice(at + drop);
  });
  const labelsStarred = fc.infiniteStream(fc.boolean()).map(coins => {
    return imageName.replace(/^[^/:[]+/, host =>
      host.replace(/[^.]+/g, text => (coins.next().value ? '*' : text)),
    );
  });
  const cut = fc.nat(imageName.length).map(at => imageName.slice(0, at));
  const odd = fc.constantFrom(
    '?',
    '[',
    ']',
    '[a-z]',
    '%',
    '%25',
    '%2a',
    '%3F',
    '%41',
    '%ff',
    '\\',
    '^',
    ' ',
    '@',
    '#',
    'é',
  );
  const broken = fc.tuple(fc.nat(imageName.length), odd).map(([at, text]) => {
    return imageName.slice(0, at) + text + imageName.slice(at);
  });
  const prefix = fc.constantFrom('https://', 'http://', 'HTTPS://', 'user:pw@', 'u@u@', '//');
  const suffix = fc.constantFrom('/', '/v1/', '/v2/', '/v1', '?x', '#y', '#%zz', ':443', '/v1/v2/');
  const host = imageName.split('/')[0] ?? '';
  return fc.oneof(
    fc.constant(imageName),
    starred,
    labelsStarred,
    cut,
    broken,
    prefix.map(text => text + imageName),
    suffix.map(text => host + text),
    fc.tuple(prefix, starred).map(([text, key]) => text + key),
    fc.constantFrom(
      'index.docker.io',
      'https://index.docker.io/v1/',
      'https://index.docker.io/v1',
      '*',
      '*.*',
      '[::1]',
    ),
    address.map(text => `[${text}%25en0]`),
    fc.constantFrom('[fe80::1%2525a-z]', '[fe80::1%2525a]b]', '[::1%25]', '[%25en0]', '[fe80::1%25%20]'),
    fc.string({ maxLength: 10 }),
  );
}

/** Keys, without the same key twice since `auths` is an object, and an image. */
const question = image.chain(name => {
  return fc.tuple(fc.uniqueArray(keyFor(name), { maxLength: 6 }), fc.constant(name));
});

describe.skipIf(skipWithoutGo).each(kubeletVersions)('the keyring of kubelet %s', version => {
  let kubelet: Kubelet;
  beforeAll(async () => {
    kubelet = await startKubelet(version);
  }, buildTimeout);
  afterAll(() => kubelet?.[Symbol.asyncDispose]());

  test('agrees on the order of attempts, for 10,000 random sets of keys', async () => {
    let attempts = 0;
    await fc.assert(
      fc.asyncProperty(question, async ([keys, name]) => {
        const order = await kubelet.keyringOrder(keys, name);
        attempts += order.length;
        expect(lookupOrder(keys, name)).toEqual([...order]);
      }),
      { numRuns: 10_000 },
    );
    expect(attempts).toBeGreaterThan(5_000);
  }, 120_000);
});
