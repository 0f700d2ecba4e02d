/** The kubelet's keyring rules in TypeScript against the rows of its own tests, and against its known traps. */

import { describe, expect, test } from 'bun:test';
import {
  compareKeys,
  isDefaultRegistryMatch,
  lookupOrder,
  matches,
  parseKey,
  parseMatchImage,
  parseTarget,
} from '../../src/kubelet/keyring.ts';
import rows from './rows.json';

function patternMatches(pattern: string, image: string): boolean {
  const key = parseMatchImage(pattern);
  const target = parseTarget(image);
  return typeof key !== 'string' && target !== undefined && matches(key, target);
}

describe('rows of the kubelet itself', () => {
  test.each(rows.urlsMatch)('$glob on $target: $expected', ({ glob, target, expected }) => {
    expect(patternMatches(glob, target)).toBe(expected);
  });

  test.each(rows.keyringLookup)('$auths for $image', ({ auths, image, expectedKeysInOrder }) => {
    expect(lookupOrder(auths, image)).toEqual(expectedKeysInOrder);
  });

  test.each(rows.isDefaultRegistryMatch)(
    '"$image" belongs to Docker Hub: $expected',
    ({ image, expected }) => {
      expect(isDefaultRegistryMatch(image)).toBe(expected);
    },
  );
});

describe('keys that a kubelet never uses', () => {
  test.each([
    ['my-registry.io\\c', 'invalid character "\\\\" in host name'],
    ['[^a-z].io', 'invalid port ".io" after host'],
    ['reg[0-9].io', '"[" is only allowed at the start of the host'],
    ['a b.io', 'invalid character " " in host name'],
    ['{a,b}.io', 'invalid character "{" in host name'],
    ['gcr.io:*', 'invalid port ":*" after host'],
    ['::1:5000', 'invalid port "::1:5000" after host'],
    ['[1.2.3.4]:5000', 'invalid host: "1.2.3.4" is not an IPv6 address'],
    ['%invalid%', 'invalid URL escape "%in"'],
    ['reg%41.io', 'invalid URL escape "%41"'],
    ['reg.io/a%zz', 'invalid URL escape "%zz"'],
    ['reg.io/a%25zz', 'invalid URL escape "%zz"'],
    ['reg.io\t/a', 'invalid control character in URL'],
    ['reg.io/a#%zz', 'invalid URL escape "%zz"'],
    ['us er@reg.io', 'invalid user information'],
  ])('%p: %s', (key, reason) => {
    expect(parseKey(key)).toBe(reason);
  });
});

describe('what a key becomes in the index', () => {
  test.each([
    ['https://reg.io/v1/', 'reg.io'],
    ['http://reg.io/v2/team', 'reg.io/team'],
    ['reg.io/v1', 'reg.io/v1'],
    ['reg.io/v1/v2/x', 'reg.io/v2/x'],
    ['HTTPS://reg.io', 'HTTPS://reg.io'],
    ['user:pw@reg.io/a?b#c', 'reg.io/a'],
    ['reg.io/', 'reg.io'],
    ['reg.io/a%3F1', 'reg.io/a?1'],
  ])('%p becomes %p', (key, indexKey) => {
    expect(parseKey(key)).toMatchObject({ indexKey });
  });
});

describe('what differs from the documentation', () => {
  test.each([
    ['a pattern without a port does not match an image with one', 'reg.io', 'reg.io:5000/x', false],
    ['nor a pattern with a port an image without', 'reg.io:5000', 'reg.io/x', false],
    ['a path is a prefix of bytes, not of segments', 'reg.io/team', 'reg.io/team-b/x', true],
    ['a star in a path is a literal', 'reg.io/*', 'reg.io/x', false],
    ['a star stays within its label', '*.io', 'a.b.io/x', false],
    ['a star may match nothing', 'reg*.io', 'reg.io/x', true],
    ['several stars count as one', 'r***g.io', 'reg.io/x', true],
    ['a question mark starts the query', 'reg.i?', 'reg.io/x', false],
    ['upper and lower case differ', 'Reg.io', 'reg.io/x', false],
    ['a bracketed host with a port is literal', '[::1]:5000', '[::1]:5000/x', true],
    ['and a star matches it', '*:5000', '[::1]:5000/x', true],
    ['a bracketed host without a port is a character class', '[::1]', '[::1]/x', false],
    ['that matches a host of one of its characters', '[::1]', '1/x', true],
    [
      'brackets around an embedded IPv4 address are no class at all',
      '[::ffff:1.2.3.4]',
      '[::ffff:1.2.3.4]/x',
      false,
    ],
  ])('%s', (_, pattern, image, expected) => {
    expect(patternMatches(pattern, image)).toBe(expected);
  });
});

test('keys go in reverse byte order, whatever order they came in', () => {
  const keys = ['*.io', 're*g.io', 'reg.io', 'reg.*', 'reg.io/a', 're**g.io', 'reg.io/a/b'];
  expect(lookupOrder(keys, 'reg.io/a/b/c')).toEqual([
    'reg.io/a/b',
    'reg.io/a',
    'reg.io',
    'reg.*',
    're*g.io',
    're**g.io',
    '*.io',
  ]);
});

test('the order is that of UTF-8 bytes, not of UTF-16 units', () => {
  const keys = ['reg.io/a\uff5e', 'reg.io/a\u{1f600}'].map(key => parseKey(key));
  const [low, high] = keys;
  if (typeof low !== 'object' || typeof high !== 'object') throw new Error('both keys parse');
  expect(compareKeys(high, low)).toBe(-1);
});

test('keys that become equal in the index stay in the order given', () => {
  const keys = ['https://reg.io', 'reg.io/', 'reg.io', 'reg.io/v2/'];
  expect(lookupOrder(keys, 'reg.io/x')).toEqual(keys);
});

test('the Docker Hub key serves only where nothing else matches', () => {
  const hub = 'https://index.docker.io/v1/';
  expect(lookupOrder([hub], 'docker.io/library/nginx')).toEqual([hub]);
  expect(lookupOrder([hub, '*.io'], 'docker.io/library/nginx')).toEqual(['*.io']);
  expect(lookupOrder(['https://index.docker.io/v1'], 'docker.io/library/nginx')).toEqual([]);
  expect(lookupOrder(['registry-1.docker.io'], 'docker.io/library/nginx')).toEqual([]);
});
