import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { keyOf } from '../../src/cache/key.ts';
import type { SourceOptions } from '../../src/sources/source.ts';
import { requestFor } from './support/setting.ts';

const base = requestFor('reg.example.com', { now: 0 });
const identity = { who: 'role/pull', scope: 'reg.example.com' };

const tokenOf = (claims: object) =>
  ['e30', Buffer.from(JSON.stringify(claims)).toString('base64url'), 'c2ln'].join('.');
const account = (subject: string, more: object = {}) => ({
  token: tokenOf({ iss: 'https://cluster', sub: subject, aud: ['sts'], ...more }),
  annotations: { role: 'pull' },
});

test('a key is 64 hexadecimal digits', () => {
  expect(keyOf('ecr', base, identity)).toMatch(/^[0-9a-f]{64}$/);
});

test.each([
  ['source', keyOf('tcr', base, identity)],
  ['identity', keyOf('ecr', base, { ...identity, who: 'role/push' })],
  ['scope', keyOf('ecr', base, { ...identity, scope: 'other.example.com' })],
  ['options', keyOf('ecr', { ...base, options: { region: 'eu-west-1' } }, identity)],
  [
    'service account',
    keyOf('ecr', { ...base, serviceAccount: account('system:serviceaccount:a:b') }, identity),
  ],
])('another %s has another key', (_, key) => {
  expect(key).not.toBe(keyOf('ecr', base, identity));
});

test('the host itself does not decide, when the scope is the same', () => {
  expect(keyOf('ecr', { ...base, host: 'other.example.com' }, identity)).toBe(keyOf('ecr', base, identity));
});

test('the order of options does not decide', () => {
  const options = fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.boolean()));
  fc.assert(
    fc.property(options, (some: SourceOptions) => {
      const reversed = Object.fromEntries(Object.entries(some).reverse());
      expect(keyOf('ecr', { ...base, options: reversed }, identity)).toBe(
        keyOf('ecr', { ...base, options: some }, identity),
      );
    }),
  );
});

test('parts cannot be shifted into each other', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), fc.string(), (a, b, c, d) => {
      fc.pre(a !== c || b !== d);
      expect(keyOf('ecr', base, { who: a, scope: b })).not.toBe(keyOf('ecr', base, { who: c, scope: d }));
    }),
  );
});

test('the same file option in another folder is another file', () => {
  const options = { secretKeyFile: 'secret', region: 'ap-guangzhou' };
  const here = keyOf('tcr', { ...base, options }, identity);
  expect(keyOf('tcr', { ...base, options, directory: '/elsewhere' }, identity)).not.toBe(here);
  const absolute = { ...options, secretKeyFile: `${base.directory}/secret` };
  expect(keyOf('tcr', { ...base, options: absolute, directory: '/elsewhere' }, identity)).toBe(here);
});

test('a new token of the same service account has the same key', () => {
  const first = account('system:serviceaccount:a:b', { exp: 1, jti: 'x' });
  const second = account('system:serviceaccount:a:b', { exp: 2, jti: 'y' });
  expect(keyOf('ecr', { ...base, serviceAccount: first }, identity)).toBe(
    keyOf('ecr', { ...base, serviceAccount: second }, identity),
  );
});

test.each([
  ['namespace', account('system:serviceaccount:c:b')],
  ['annotation', { ...account('system:serviceaccount:a:b'), annotations: { role: 'push' } }],
  ['issuer', account('system:serviceaccount:a:b', { iss: 'https://other' })],
  ['audience', account('system:serviceaccount:a:b', { aud: ['other'] })],
  ['uid', account('system:serviceaccount:a:b', { 'kubernetes.io': { serviceaccount: { uid: '1' } } })],
])('another %s has another key', (_, serviceAccount) => {
  const first = { ...base, serviceAccount: account('system:serviceaccount:a:b') };
  expect(keyOf('ecr', { ...base, serviceAccount }, identity)).not.toBe(keyOf('ecr', first, identity));
});

test('any two texts that are no JWT are two accounts, and none throws', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      fc.pre(a !== b);
      const key = (token: string) =>
        keyOf('ecr', { ...base, serviceAccount: { token, annotations: {} } }, identity);
      expect(key(a)).not.toBe(key(b));
    }),
  );
});
