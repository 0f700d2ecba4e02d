import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { lookupOrder } from '../../src/kubelet/keyring.ts';
import { parsePattern, tokensOf } from '../../src/pattern/pattern.ts';
import { compareSpecificity } from '../../src/pattern/specificity.ts';

function sorted(patterns: readonly string[]): string[] {
  return [...patterns].sort((a, b) =>
    compareSpecificity(tokensOf(parsePattern(a)), tokensOf(parsePattern(b))),
  );
}

describe('the more specific pattern comes first', () => {
  test.each([
    [['my-registry.io/images/subpath', 'my-registry.io/images', 'my-registry.io', '*my-registry.io']],
    [['reg.io', 're[a-z].io', 're?.io', 're*.io']],
    [['*/p', '*.io', '*']],
    [['reg.io:5000', 'reg.io/a', 'reg.io']],
    [['b.io', 'a.io']],
    [['re[b].io', 're[a].io']],
    [['docker.io/library', 'docker.io']],
    [['index.docker.io/library', 'docker.io']],
    [['reg.io/a/b', 'reg.io/a/*', 'reg.io/a', 'reg.io/*']],
  ])('%p', patterns => {
    expect(sorted([...patterns].reverse())).toEqual(patterns);
  });
});

test('scheme, /v1/ and a trailing slash make no pattern more specific', () => {
  for (const pattern of ['https://reg.io', 'http://reg.io/', 'reg.io/v1/', 'reg.io/v2/']) {
    expect(compareSpecificity(tokensOf(parsePattern(pattern)), tokensOf(parsePattern('reg.io')))).toBe(0);
  }
});

const label = fc.stringMatching(/^[a-c*-]{1,3}$/);
const key = fc
  .tuple(fc.array(label, { minLength: 2, maxLength: 3 }), fc.constantFrom('', '/a', '/a/b', '/b'))
  .map(([labels, path]) => labels.join('.') + path);

test('on literals and stars alone it is the order of the kubelet', () => {
  fc.assert(
    fc.property(fc.uniqueArray(key, { maxLength: 8 }), keys => {
      for (const image of ['aa.b/a/b', 'a.a.a/a', 'cb.ca/b']) {
        const tried = lookupOrder(keys, image);
        expect(sorted(tried)).toEqual(tried);
      }
      const all = [...keys].sort((a, b) => (a < b ? 1 : -1));
      expect(sorted(keys)).toEqual(all);
    }),
    { numRuns: 2000 },
  );
});

test('it is an order: never both before each other, and transitive', () => {
  const pattern = fc
    .array(fc.constantFrom('a', 'b', '*', '?', '[a-c]', '[b]', '-', '\\a'), { minLength: 1, maxLength: 5 })
    .map(parts => `${parts.join('')}.io`);
  const compare = (a: string, b: string): number =>
    Math.sign(compareSpecificity(tokensOf(parsePattern(a)), tokensOf(parsePattern(b))));
  fc.assert(
    fc.property(pattern, pattern, pattern, (a, b, c) => {
      expect(compare(a, b)).toBe(-compare(b, a) + 0);
      if (compare(a, b) <= 0 && compare(b, c) <= 0) expect(compare(a, c)).toBeLessThanOrEqual(0);
    }),
    { numRuns: 5000 },
  );
});
