import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { parseReference } from '../../src/image/reference.ts';
import { isSimplePattern, parsePattern } from '../../src/pattern/pattern.ts';
import { PatternIndex } from '../../src/pattern/pattern-index.ts';
import { naiveAuthority, naivePattern } from './naive.ts';

function indexOf(patterns: readonly string[]): PatternIndex<string> {
  const index = new PatternIndex<string>();
  for (const pattern of patterns) {
    if (isSimplePattern(pattern)) index.addSimple(pattern, pattern);
    else index.add(parsePattern(pattern), pattern);
  }
  return index;
}

const label = fc.array(fc.constantFrom('a', 'b', 'ab', '*', '?', '[ab]', '[^b]'), {
  minLength: 1,
  maxLength: 3,
});
const host = fc
  .array(label, { minLength: 1, maxLength: 4 })
  .map(labels => labels.map(parts => parts.join('')).join('.'));
const port = fc.constantFrom('', '', '', ':80', ':*', ':8?');
const segment = fc.constantFrom('a', 'b', 'ab', 'a*', '*', '?', '[ab]b');
const path = fc.array(segment, { maxLength: 3 }).map(segments => segments.map(text => `/${text}`).join(''));
const special = fc.constantFrom(
  'docker.io',
  'index.docker.io/a',
  '*.docker.io',
  '[::1]:80',
  '[::1]:*',
  '*:80',
  '*',
);
const pattern = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(host, port, path).map(parts => parts.join('')) },
  { weight: 1, arbitrary: special },
);
const imageHost = fc.oneof(
  fc.array(fc.stringMatching(/^[ab]{1,3}$/), { minLength: 2, maxLength: 4 }).map(labels => labels.join('.')),
  fc.constantFrom('docker.io', 'index.docker.io', 'registry-1.docker.io', '[::1]', 'localhost'),
);
const image = fc
  .tuple(
    imageHost,
    fc.constantFrom('', ':80', ':81'),
    fc.array(fc.stringMatching(/^[ab]{1,2}$/), { minLength: 2, maxLength: 4 }),
  )
  .map(([name, itsPort, segments]) => `${name}${itsPort}/${segments.join('/')}`);

test('the index finds what a naive walk over all patterns finds, and which hosts have paths', () => {
  fc.assert(
    fc.property(fc.uniqueArray(pattern, { maxLength: 40 }), image, (patterns, name) => {
      const index = indexOf(patterns);
      const { values, withPath } = index.lookup(parseReference(name));
      const again = index.lookup(parseReference(name));
      expect(again.values.sort()).toEqual(values.sort());
      expect(again.withPath).toEqual(withPath);
      expect(values.sort()).toEqual(patterns.filter(one => naivePattern(one, name)).sort());
      const hosts = patterns.filter(
        one => one.includes('/') && naiveAuthority(one.split('/')[0] ?? '', name.split('/')[0] ?? ''),
      );
      expect(withPath.flat().sort()).toEqual(hosts.sort());
    }),
    { numRuns: 5000 },
  );
});

describe('the examples of the documentation as first published', () => {
  test.each([
    'my-registry.io/images',
    'my-registry.io/images/my-image',
    'my-registry.io/images/another-image',
    'sub.my-registry.io/images/my-image',
    'a.sub.my-registry.io/images/my-image',
  ])('*my-registry.io/images matches %s', name => {
    expect(indexOf(['*my-registry.io/images']).lookup(parseReference(name)).values).toHaveLength(1);
  });
});

test('patterns that share beginning and end are told apart by what stands between', () => {
  const patterns = Array.from({ length: 200 }, (_, i) => `*.team-${i}.*.example.com`);
  const { values } = indexOf(patterns).lookup(parseReference('x.team-17.eu.example.com/app'));
  expect(values).toEqual(['*.team-17.*.example.com']);
});

test('equal patterns are all found', () => {
  const index = new PatternIndex<number>();
  for (let i = 0; i < 3; i += 1) index.add(parsePattern('*.io/a*'), i);
  expect(index.lookup(parseReference('reg.io/ab/c')).values.sort()).toEqual([0, 1, 2]);
});

test('names of properties of every object are hosts like any other', () => {
  const patterns = ['__proto__', 'constructor', 'toString:1', 'hasOwnProperty/constructor'];
  expect(indexOf(patterns).lookup(parseReference('toString:1/constructor')).values).toEqual(['toString:1']);
});

test('a simple pattern matches unparsed what it matches parsed', () => {
  let simple = 0;
  fc.assert(
    fc.property(pattern, image, (text, name) => {
      if (!isSimplePattern(text)) return;
      simple += 1;
      const parsed = new PatternIndex<string>();
      parsed.add(parsePattern(text), text);
      expect(indexOf([text]).lookup(parseReference(name))).toEqual(parsed.lookup(parseReference(name)));
    }),
    { numRuns: 3000 },
  );
  expect(simple).toBeGreaterThan(300);
});
