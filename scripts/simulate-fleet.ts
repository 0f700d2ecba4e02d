/**
 * How many token calls a fleet makes at its peak: nodes that booted within a minute, tokens of 12 hours, two days, with and
 * without the jitter of the refresh point. Arguments, all optional: nodes, seconds of the boot, hours of a life, days.
 */

import { digest } from '../src/cache/digest.ts';
import { timesOf } from '../src/cache/policy.ts';

const SECOND = 1000;
const HOUR = 3600 * SECOND;
const [nodes = 5000, boot = 60, life = 12, days = 2] = process.argv.slice(2).map(Number);
const HORIZON = days * 24 * HOUR;

/** The same numbers from 0 to 1 at every run. */
function randomNumbers(): () => number {
  let drawn = 0;
  return () => Number.parseInt(digest(String(drawn++)).slice(0, 12), 16) / 2 ** 48;
}

/** Calls in each second from the first boot on. A busy node asks as soon as its token is due. */
function simulate(jitter: (random: number) => number): Uint32Array {
  const random = randomNumbers();
  const calls = new Uint32Array(HORIZON / SECOND);
  for (let node = 0; node < nodes; node++) {
    let now = random() * boot * SECOND;
    while (now < HORIZON) {
      const second = Math.floor(now / SECOND);
      calls[second] = (calls[second] ?? 0) + 1;
      now = timesOf(now, now + life * HOUR, jitter(random()))?.refresh ?? HORIZON;
    }
  }
  return calls;
}

const peak = (calls: Uint32Array, from: number, to: number) =>
  Math.max(0, ...calls.subarray(from * 3600, to * 3600));
const total = (calls: Uint32Array) => calls.reduce((sum, count) => sum + count, 0);

const rows = [
  ['refresh at half the life', simulate(() => 0)],
  ['refresh at half to two thirds', simulate(random => random)],
] as const;

const columns = ['calls/s at most:', 'boot', 'then, day 1', 'day 2', 'all calls'];
const lines = rows.map(([name, calls]) => [
  name,
  peak(calls, 0, 1),
  peak(calls, 1, 24),
  peak(calls, 24, days * 24),
  total(calls),
]);
const text = [columns, ...lines]
  .map(line =>
    line.map((cell, i) => (i === 0 ? String(cell).padEnd(32) : String(cell).padStart(12))).join(''),
  )
  .join('\n');
process.stdout.write(
  `${nodes} nodes booted within ${boot} s, tokens of ${life} h, ${days} days\n\n${text}\n`,
);
