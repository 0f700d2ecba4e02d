import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { authKeys } from '../src/auth-keys.ts';
import { triedFor } from './support/kubelet-cache.ts';

describe('the ladder by example', () => {
  test.each([
    ['reg.example.com:5000', ['reg.example.com:5000', 're*g.example.com:5000', 're**g.example.com:5000']],
    ['localhost', ['localhost', 'localhos*t', 'localhos**t']],
    ['10.0.0.7:5000', ['10.0.0.7:5000', '1*0.0.0.7:5000', '1**0.0.0.7:5000']],
    ['docker.io', ['docker.io', 'docke*r.io', 'docke**r.io']],
    ['x:5000', ['x:5000', '*x:5000', '**x:5000']],
    ['[::1]:5000', ['[::1]:5000', '*:5000', '**:5000']],
    ['[::1]', ['***', '**', '*']],
  ])('%s', (host, keys) => {
    expect(authKeys(host, 3)).toEqual(keys);
  });
  test('of one credential is the host itself', () => {
    expect(authKeys('reg.io', 1)).toEqual(['reg.io']);
    expect(authKeys('reg.io', 0)).toEqual([]);
  });
});

const label = fc.stringMatching(/^[a-zA-Z0-9]([a-zA-Z0-9-]{0,6}[a-zA-Z0-9])?$/);
const name = fc.array(label, { minLength: 1, maxLength: 4 }).map(labels => labels.join('.'));
const address = fc.constantFrom('[::1]', '[2001:db8::1]', '[fe80:1:2:3:4:5:6:7]');
const host = fc
  .tuple(fc.oneof({ weight: 8, arbitrary: name }, address), fc.constantFrom('', ':5000', ':1'))
  .map(parts => parts.join(''));

test('the kubelet tries all credentials in the order of the ladder, whatever order they are sent in', () => {
  fc.assert(
    fc.property(
      host,
      fc.integer({ min: 1, max: 100 }),
      fc.infiniteStream(fc.nat()),
      (itsHost, count, random) => {
        const keys = authKeys(itsHost, count);
        expect(new Set(keys).size).toBe(count);
        const weights = [...random.take(count)];
        const shuffled = keys
          .map((key, i) => ({ key, i }))
          .sort((a, b) => (weights[a.i] ?? 0) - (weights[b.i] ?? 0));
        const auth = new Map(shuffled.map(({ key, i }) => [key, String(i)]));
        expect(triedFor({ auth }, `${itsHost}/team/app`)).toEqual(keys.map((_, i) => String(i)));
      },
    ),
    { numRuns: 2000 },
  );
});
