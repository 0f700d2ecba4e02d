import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { Glob, GlobError, tokenize } from '../../src/pattern/glob.ts';
import rows from './go-match-rows.json';
import { naiveGlob } from './naive.ts';

function matches(glob: string, name: string): boolean {
  return new Glob(tokenize(glob)).matches(name);
}

/** Go's path.Match over whole paths: our globs see one segment at a time. */
function matchesPath(pattern: string, path: string): boolean {
  const globs = pattern.split('/').map(segment => new Glob(tokenize(segment)));
  const segments = path.split('/');
  return globs.length === segments.length && globs.every((glob, i) => glob.matches(segments[i] ?? ''));
}

describe("the rows of Go's path.Match", () => {
  test.each(rows)('$pattern on $string', ({ pattern, string, match, err }) => {
    if (err === null) expect(matchesPath(pattern, string)).toBe(match);
    else expect(() => matchesPath(pattern, string)).toThrow(GlobError);
  });
});

describe('each token', () => {
  test.each([
    ['*', '', true],
    ['*', 'a.b.c', true],
    ['**', 'a.b', true],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'a-c-b', false],
    ['*a', 'b', false],
    ['?', '', false],
    ['?', 'é', true],
    ['??', 'a', false],
    ['a?*', 'a', false],
    ['a?*', 'ab', true],
    ['[a-c]x', 'bx', true],
    ['[a-c]x', 'dx', false],
    ['[^a-c]', 'd', true],
    ['[^a-c]', 'b', false],
    ['[abc-e1]', 'd', true],
    ['[abc-e1]', '1', true],
    ['[abc-e1]', '2', false],
    ['[!a]', '!', true],
    ['[!a]', 'b', false],
    ['[b-a]', 'a', false],
    ['[^b-a]', 'a', true],
    ['[\\]]', ']', true],
    ['[\\^]', '^', true],
    ['[a\\-z]', 'm', false],
    ['[a\\-z]', '-', true],
    ['\\*', '*', true],
    ['\\*', 'a', false],
    ['\\a', 'a', true],
    ['a]b', 'a]b', true],
    ['*[0-9][0-9]*', 'node17.io', true],
    ['*[0-9][0-9]*', 'node1.7io', false],
    ['*ab', 'aab', true],
    ['*ab*ab', 'ab', false],
    ['*ab*ab', 'abab', true],
    ['ab*ba', 'aba', false],
    ['*?a', 'ba', true],
  ])('%s on %j is %p', (glob, name, expected) => {
    expect(matches(glob, name)).toBe(expected);
    expect(naiveGlob(glob, name)).toBe(expected);
  });
});

describe('a malformed glob points at the character', () => {
  test.each([
    ['[', 0],
    ['ab[', 2],
    ['[^', 0],
    ['[^bc', 0],
    ['[]a]', 1],
    ['[-x]', 1],
    ['[x-]', 3],
    ['[a-b-c]', 4],
    ['ab\\', 2],
    ['[a\\', 2],
    ['[a/b]', 2],
    ['[a:b]', 2],
    ['\\/', 1],
    ['[\\:]', 2],
  ])('%s at %d', (glob, at) => {
    let thrown: unknown;
    try {
      tokenize(glob);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(GlobError);
    expect((thrown as GlobError).at).toBe(at);
  });
});

const piece = fc.oneof(
  fc.constantFrom(
    '*',
    '?',
    'a',
    'b',
    'ab',
    '.',
    '-',
    '[ab]',
    '[^a]',
    '[a-c]',
    '[b-a]',
    '\\a',
    '\\*',
    '[\\]a]',
    '[^.]',
  ),
);
const glob = fc.array(piece, { maxLength: 8 }).map(pieces => pieces.join(''));
const name = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '.', '-', '*'), maxLength: 12 });

test('every glob matches what the naive reference matches', () => {
  fc.assert(
    fc.property(glob, name, (pattern, text) => {
      expect(matches(pattern, text)).toBe(naiveGlob(pattern, text));
    }),
    { numRuns: 20_000 },
  );
});

test('any text is either a glob or a GlobError', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('[', ']', '^', '-', '\\', 'a', 'é', '😀', '*', '?') }),
      text => {
        try {
          matches(text, 'a');
        } catch (error) {
          expect(error).toBeInstanceOf(GlobError);
        }
      },
    ),
    { numRuns: 5000 },
  );
});

test('a pattern full of stars takes steps in proportion to the name, not to its powers', () => {
  const stars = `${'*a'.repeat(200)}*b`;
  const steps = (length: number): number => {
    let reads = 0;
    const counted = new Proxy(new String('a'.repeat(length)), {
      get(target, key) {
        const value = Reflect.get(target, key, target);
        if (typeof value !== 'function') return value;
        reads += 1;
        return value.bind(target);
      },
    });
    expect(new Glob(tokenize(stars)).matches(counted as unknown as string)).toBe(false);
    return reads;
  };
  expect(steps(2000)).toBeLessThanOrEqual(2 * steps(1000) + 10);
});
