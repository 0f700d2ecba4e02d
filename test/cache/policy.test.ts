import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import {
  fetchTime,
  isRemembered,
  LEAST_STALE_LIFE,
  LONGEST_LIFE,
  margin,
  patience,
  rememberedUntil,
  staleUntil,
  stateOf,
  type Times,
  timesOf,
} from '../../src/cache/policy.ts';
import { Fault, type FaultKind } from '../../src/fault.ts';
import { HOUR, MINUTE, SECOND } from './support/setting.ts';

const NOW = Date.UTC(2026, 0, 1);
const moment = fc.integer({ min: 0, max: 2 ** 42 });
const life = fc.integer({ min: SECOND, max: 400 * 24 * HOUR });
const jitter = fc.double({ min: 0, max: 1, noNaN: true });

const kept = (issued: number, lifetime: number, at = 0.5): Times => {
  const times = timesOf(issued, issued + lifetime, at);
  if (times === undefined) throw new Error('not worth keeping');
  return times;
};

describe('the refresh point', () => {
  test.each([
    ['12 h, no jitter', 12 * HOUR, 0, 6 * HOUR],
    ['12 h, all jitter', 12 * HOUR, 1, 8 * HOUR],
    ['1 h', HOUR, 0.5, 35 * MINUTE],
    ['3 minutes', 3 * MINUTE, 0, 90 * SECOND],
    ['a life that no token has', 30 * 24 * HOUR, 0, 12 * HOUR],
  ])('%s', (_, lifetime, at, expected) => {
    expect(kept(NOW, lifetime, at).refresh - NOW).toBe(expected);
  });

  test('lies at half to two thirds of the life, and before the margin', () => {
    fc.assert(
      fc.property(moment, life, jitter, (issued, lifetime, at) => {
        const times = kept(issued, lifetime, at);
        const believed = Math.min(lifetime, LONGEST_LIFE);
        expect(times.refresh - issued).toBeGreaterThanOrEqual(Math.floor(believed / 2));
        expect(times.refresh - issued).toBeLessThanOrEqual((believed * 2) / 3);
        expect(times.refresh).toBeLessThan(times.expires - margin(times));
      }),
    );
  });

  test.each([
    ['already past', -HOUR],
    ['now', 0],
    ['no number', Number.NaN],
  ])('a token whose expiry is %s is not kept', (_, lifetime) => {
    expect(timesOf(NOW, NOW + lifetime, 0.5)).toBeUndefined();
  });
});

describe('the state of a token of 12 hours, with its refresh point at 7 hours', () => {
  const times = kept(NOW, 12 * HOUR);
  test.each([
    ['at once', 0, 'fresh'],
    ['just before the refresh point', 7 * HOUR - 1, 'fresh'],
    ['at the refresh point', 7 * HOUR, 'stale'],
    ['five minutes before its end', 12 * HOUR - LEAST_STALE_LIFE, 'stale'],
    ['a moment later', 12 * HOUR - LEAST_STALE_LIFE + 1, 'spent'],
    ['at its end', 12 * HOUR, 'spent'],
    ['a year later', 365 * 24 * HOUR, 'spent'],
    ['a clock set back by half a minute', -30 * SECOND, 'fresh'],
    ['a clock set back by an hour', -HOUR, 'spent'],
    ['a clock set back by years', -NOW, 'spent'],
  ] as const)('%s', (_, age, expected) => {
    expect(stateOf(times, NOW + age)).toBe(expected);
  });
});

test('no answer is good beyond the expiry less the margin, whatever the clock says', () => {
  fc.assert(
    fc.property(moment, life, jitter, moment, (issued, lifetime, at, now) => {
      const times = kept(issued, lifetime, at);
      const state = stateOf(times, now);
      if (state === 'fresh') expect(now).toBeLessThan(times.expires - margin(times));
      if (state === 'stale') {
        expect(times.expires - now).toBeGreaterThanOrEqual(LEAST_STALE_LIFE);
        expect(staleUntil(times, now)).toBeGreaterThanOrEqual(now);
        expect(staleUntil(times, now)).toBeLessThanOrEqual(
          Math.min(now + MINUTE, times.expires - margin(times)),
        );
      }
    }),
  );
});

test.each([
  ['12 h', 12 * HOUR, MINUTE],
  ['10 minutes', 10 * MINUTE, MINUTE],
  ['5 minutes', 5 * MINUTE, 30 * SECOND],
  ['10 seconds', 10 * SECOND, SECOND],
])('the margin of %s', (_, lifetime, expected) => {
  expect(margin(kept(NOW, lifetime))).toBe(expected);
});

describe('the memory of a failure', () => {
  const fault = (kind?: FaultKind, retryAfter?: number) =>
    new Fault('AnyCode', 'what', 'hint', {
      ...(kind && { kind }),
      ...(retryAfter !== undefined && { retryAfter }),
    });
  test.each([
    ['a refusal', fault('refused'), 10 * SECOND],
    ['no credential', undefined, 10 * SECOND],
    ['a throttle without a time', fault('throttled'), 10 * SECOND],
    ['a throttle of 3 s', fault('throttled', 3 * SECOND), 3 * SECOND],
    ['a throttle of an hour', fault('throttled', HOUR), MINUTE],
    ['a throttle of less than nothing', fault('throttled', -HOUR), 0],
    ['a cloud that cannot be asked', fault('unavailable'), 0],
    ['a failure of which nobody said what it is', fault(), 0],
  ])('%s', (_, failure, expected) => {
    expect(rememberedUntil(NOW, failure) - NOW).toBe(expected);
  });

  test('lasts as long as it should, and never under a clock that went back', () => {
    const memory = { at: NOW, until: NOW + 10 * SECOND };
    expect(isRemembered(memory, NOW)).toBe(true);
    expect(isRemembered(memory, NOW + 10 * SECOND - 1)).toBe(true);
    expect(isRemembered(memory, NOW + 10 * SECOND)).toBe(false);
    expect(isRemembered(memory, NOW - 1)).toBe(false);
    expect(isRemembered({ at: NOW, until: NOW + HOUR }, NOW + MINUTE)).toBe(false);
  });
});

test('a fetch ends before its deadline, and so does a wait, with time left to go on', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 * SECOND }), fc.boolean(), (remaining, hasStale) => {
      expect(fetchTime(remaining, hasStale)).toBeGreaterThan(0);
      expect(fetchTime(remaining, hasStale)).toBeLessThan(remaining);
      expect(patience(remaining, hasStale)).toBeGreaterThan(0);
      expect(remaining - patience(remaining, hasStale)).toBeGreaterThanOrEqual(
        Math.min(10 * SECOND, Math.floor(remaining / 3)),
      );
      if (hasStale) expect(patience(remaining, true)).toBeGreaterThan(fetchTime(remaining, true));
    }),
  );
});

test('a token is never fresh within its margin, wherever its refresh point lies', () => {
  const times = { issued: 0, refresh: 1_000_000, expires: 900_000 };
  expect(stateOf(times, 700_000)).toBe('fresh');
  expect(stateOf(times, 850_000)).not.toBe('fresh');
});
