/** The ladder: on every form of host the kubelet tries all credentials, in the order of the file. */

import { beforeAll, describe, expect, test } from 'bun:test';
import { authKeys } from '../../src/auth-keys.ts';
import { lookupOrder } from '../../src/kubelet/keyring.ts';
import { builtExecutable } from '../support/built.ts';
import { buildHarness, buildTimeout, kubeletVersions, skipWithoutGo } from '../support/harness.ts';
import { Keyring } from '../support/provider.ts';

const hosts = [
  'reg.example.com',
  'reg.example.com:5000',
  'a.example.com',
  'a.example.com:5000',
  'localhost',
  'localhost:5000',
  'REGISTRY',
  'X',
  'x:5000',
  'docker.io',
  'registry-1.docker.io',
  '10.0.0.7',
  '10.0.0.7:5000',
  '1.2.3.4',
  '[::1]:5000',
  '[::1]',
  '[2001:db8::7]:5000',
  '[2001:db8::7]',
  '123456789012.dkr.ecr.eu-central-1.amazonaws.com',
];

test.each(hosts)('200 keys for %s are tried in order', host => {
  const keys = authKeys(host, 200);
  const shuffled = keys.toSorted((a, b) => (Bun.hash.wyhash(a) < Bun.hash.wyhash(b) ? -1 : 1));
  expect(lookupOrder(shuffled, `${host}/team/app`)).toEqual(keys);
});

/** Repository `nN` of the host gets N credentials. */
function ladderConfig(host: string, counts: readonly number[]): object {
  const ladder = (count: number): object[] => {
    return Array.from({ length: count }, (_, i) => ({ username: `user-${i + 1}`, password: `of-${count}` }));
  };
  return { auths: Object.fromEntries(counts.map(count => [`${host}/n${count}`, ladder(count)])) };
}

const everyCount = Array.from({ length: 100 }, (_, i) => i + 1);
const atOnce = 10;

describe.skipIf(skipWithoutGo).each(kubeletVersions)('kubelet %s', version => {
  let executable: string;
  beforeAll(async () => {
    await buildHarness(version);
    executable = await builtExecutable();
  }, buildTimeout);

  const counts = version === '1.36' ? everyCount : [1, 2, 3, 10, 100];

  test.each(hosts)(
    `tries 1 to 100 credentials in order on %s`,
    async host => {
      using keyring = new Keyring(executable, ladderConfig(host, counts));
      await using kubelet = await keyring.start(version);
      for (let done = 0; done < counts.length; done += atOnce) {
        const batch = counts.slice(done, done + atOnce);
        const lookups = await kubelet.lookup(
          batch.map(count => `${host}/n${count}/app:tag`),
          { parallel: true },
        );
        const tried = lookups.map(({ credentials }) => credentials.map(({ username }) => username));
        expect(tried).toEqual(batch.map(count => everyCount.slice(0, count).map(i => `user-${i}`)));
      }
    },
    60_000,
  );
});
