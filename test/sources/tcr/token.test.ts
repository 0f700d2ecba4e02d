import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { readToken } from '../../../src/sources/tcr/token.ts';

const now = 1_735_877_397_750;
const later = 1_735_880_997_750;

test.each([
  ['milliseconds', later, later],
  ['milliseconds as text', String(later), later],
  ['seconds', 1_735_880_997, 1_735_880_997_000],
  ['seconds as text', '1735880997', 1_735_880_997_000],
])('ExpTime in %s', (_, ExpTime, expiresAt) => {
  expect(readToken({ Username: '100036950234', Token: 'a.b.c', ExpTime }, now)).toEqual({
    username: '100036950234',
    password: 'a.b.c',
    expiresAt,
  });
});

test.each([
  ['text', '100036950234', '100036950234'],
  ['a number', 100036950234, '100036950234'],
  ['text with letters', 'tcr$robot', 'tcr$robot'],
])('Username as %s', (_, Username, username) => {
  expect(readToken({ Username, Token: 't', ExpTime: later }, now).username).toBe(username);
});

test.each([
  ['Username', { Token: 't', ExpTime: later }],
  ['Username', { Username: '', Token: 't', ExpTime: later }],
  ['Username', { Username: null, Token: 't', ExpTime: later }],
  ['Token', { Username: 'u', ExpTime: later }],
  ['Token', { Username: 'u', Token: '', ExpTime: later }],
  ['ExpTime', { Username: 'u', Token: 't' }],
  ['ExpTime', { Username: 'u', Token: 't', ExpTime: 'soon' }],
  ['ExpTime', { Username: 'u', Token: 't', ExpTime: 0 }],
])('an answer without a usable %s is an error that names it: %j', (name, answer) => {
  expect(() => readToken(answer, now)).toThrow(
    expect.objectContaining({ code: 'invalid-response', what: expect.stringContaining(name) }),
  );
});

test('a token that has expired is an error', () => {
  expect(() => readToken({ Username: 'u', Token: 't', ExpTime: now }, now)).toThrow(
    expect.objectContaining({ code: 'expired-token' }),
  );
});

test('whatever the API answers, the credential lives on or there is a Fault without the token', () => {
  fc.assert(
    fc.property(fc.anything(), fc.anything(), (Username, ExpTime) => {
      try {
        const { expiresAt } = readToken({ Username, Token: 'hidden-token', ExpTime }, now);
        expect(expiresAt).toBeGreaterThan(now);
      } catch (error) {
        expect(error).toHaveProperty('code');
        expect(String(error)).not.toContain('hidden-token');
      }
    }),
  );
});
