import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { decodeEntry, type Entry, encodeEntry, endOf } from '../../src/cache/entry.ts';

const moment = fc.integer({ min: 0, max: 2 ** 42 });
const text = fc.string({ unit: 'grapheme' });
const anyEntry: fc.Arbitrary<Entry> = fc.record(
  {
    key: fc.string({ minLength: 1 }),
    source: text,
    who: text,
    scope: text,
    token: fc.record({ issued: moment, refresh: moment, expires: moment, username: text, password: text }),
    failure: fc.record({ flight: text, at: moment, until: moment }),
    fact: fc.record({ value: text, issued: moment, expires: moment }),
  },
  { requiredKeys: ['key', 'source', 'who', 'scope'], noNullPrototype: true },
);

test('an entry is read as it was written', () => {
  fc.assert(
    fc.property(anyEntry, entry => {
      expect(decodeEntry(encodeEntry(entry), entry.key)).toEqual(entry);
      expect(decodeEntry(encodeEntry(entry), `${entry.key}x`)).toBeUndefined();
    }),
  );
});

test('a part of one is no entry, and neither is one with something behind it', () => {
  fc.assert(
    fc.property(anyEntry, fc.nat(), fc.string({ minLength: 1 }), (entry, at, more) => {
      const whole = encodeEntry(entry);
      expect(decodeEntry(whole.slice(0, at % whole.length))).toBeUndefined();
      expect(decodeEntry(whole + more)).toBeUndefined();
    }),
  );
});

test('no text makes it throw', () => {
  fc.assert(
    fc.property(fc.string(), some => {
      expect(decodeEntry(some)).toBeUndefined();
    }),
  );
});

test('an entry is of use until the last of its parts is over', () => {
  const about = { key: 'k', source: 's', who: 'w', scope: 'h' };
  const token = { issued: 0, refresh: 5, expires: 10, username: '', password: '' };
  expect(endOf(about)).toBe(0);
  expect(endOf({ ...about, token })).toBe(10);
  expect(endOf({ ...about, token, failure: { flight: '', at: 9, until: 19 } })).toBe(19);
});
