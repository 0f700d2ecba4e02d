/** The matcher alone, beside picomatch, minimatch and Go's path.Match: all patterns that match a host, by size of the list. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { minimatch } from 'minimatch';
import picomatch from 'picomatch';
import { parseReference } from '../../src/image/reference.ts';
import { parsePattern } from '../../src/pattern/pattern.ts';
import { PatternIndex } from '../../src/pattern/pattern-index.ts';
import { quantile } from './launcher.ts';

export interface MatcherRow {
  readonly list: string;
  readonly patterns: number;
  /** Milliseconds to compile the list with our matcher. */
  readonly compile: number;
  /** Microseconds for one look-up, with everything compiled; Go's path.Match compiles nothing. */
  readonly ours: number;
  readonly picomatch: number;
  readonly minimatch: number;
  readonly go: number | undefined;
}

const sizes = [10, 100, 1000, 10_000, 100_000];

type Make = (i: number) => string;
const literal: Make = i => `reg${i}.example.io`;
const glob: Make = i =>
  [`*.reg${i}.example.io`, `reg${i}-*.example.io`, `reg${i}.*.io`, `r?g${i}.[a-z]x*.io`][i % 4] ?? '';
const lists: Readonly<Record<string, Make>> = {
  literal,
  glob,
  mixed: i => (i % 2 === 0 ? literal(i) : glob(i)),
  /** One beginning and one end for all, and stars on which backtracking takes its time. */
  adversarial: i => `*a*a*a${i}*a*.io`,
};

const hosts = [
  'reg4.example.io',
  'eu.reg8.example.io',
  'reg5-blue.example.io',
  'reg6.team.io',
  'nowhere.example.com',
  'aaaaaaaaaaaaaaaa3aaaa.io',
];

/** `goProgram` is matcher.go, compiled; undefined where there is no Go. */
export function benchMatcher(folder: string, goProgram: string | undefined): MatcherRow[] {
  const names = join(folder, 'names');
  writeFileSync(names, hosts.join('\n'));
  return Object.entries(lists).flatMap(([list, make]) =>
    sizes.map(size => {
      const patterns = Array.from({ length: size }, (_, i) => make(i));
      const { compile, find } = compileOurs(patterns);
      const pico = patterns.map(pattern =>
        picomatch(pattern, { nobrace: true, noextglob: true, nonegate: true }),
      );
      const mini = patterns.map(
        pattern => new minimatch.Minimatch(pattern, { nobrace: true, noext: true, nonegate: true }),
      );
      const ways = {
        ours: find,
        picomatch: (host: string) => pico.filter(matches => matches(host)).length,
        minimatch: (host: string) => mini.filter(matcher => matcher.match(host)).length,
      };
      const count = (way: (host: string) => number): number =>
        hosts.reduce((sum, host) => sum + way(host), 0);
      for (const way of Object.values(ways)) {
        if (count(way) !== count(find)) throw new Error(`the matchers disagree on ${size} ${list} patterns`);
      }
      writeFileSync(join(folder, 'patterns'), patterns.join('\n'));
      const go =
        goProgram === undefined ? undefined : runGo(goProgram, join(folder, 'patterns'), names, count(find));
      return {
        list,
        patterns: size,
        compile,
        ours: timeOf(ways.ours),
        picomatch: timeOf(ways.picomatch),
        minimatch: timeOf(ways.minimatch),
        go,
      };
    }),
  );
}

function compileOurs(patterns: readonly string[]): { compile: number; find: (host: string) => number } {
  const begin = performance.now();
  const index = new PatternIndex<string>();
  for (const pattern of patterns) index.add(parsePattern(pattern), pattern);
  const images = new Map(hosts.map(host => [host, parseReference(`${host}/app`)]));
  const find = (host: string): number => {
    const image = images.get(host);
    return image === undefined ? 0 : index.lookup(image).values.length;
  };
  for (const host of hosts) find(host);
  return { compile: performance.now() - begin, find };
}

/** Microseconds for one look-up: the median of batches that last a tenth of a second in all. */
function timeOf(find: (host: string) => number): number {
  const batches: number[] = [];
  const end = performance.now() + 100;
  while (batches.length < 3 || performance.now() < end) {
    const begin = performance.now();
    for (const host of hosts) find(host);
    batches.push(((performance.now() - begin) * 1000) / hosts.length);
  }
  return quantile(batches, 0.5);
}

function runGo(program: string, patterns: string, names: string, expected: number): number {
  const [nanoseconds = '', matches] = Bun.spawnSync([program, patterns, names]).stdout.toString().split(/\s/);
  if (Number(matches) !== expected) throw new Error(`path.Match finds ${matches} matches, not ${expected}`);
  return Number(nanoseconds) / 1000;
}
