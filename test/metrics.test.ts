import { afterEach, beforeEach, expect, test } from 'bun:test';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import fc from 'fast-check';
import type { RequestRecord } from '../src/log.ts';
import { countInMetrics, formatMetrics, parseMetrics } from '../src/metrics.ts';
import { HOUR, ioWith, temporaryFolder } from './cache/support/setting.ts';

const clock = { now: Date.UTC(2026, 5, 1) };
let temporary: ReturnType<typeof temporaryFolder>;
let file: string;
beforeEach(() => {
  temporary = temporaryFolder();
  file = `${temporary.path}/keyring.prom`;
});
afterEach(() => temporary.remove());

const record = (more: Partial<RequestRecord> = {}): RequestRecord => ({
  time: clock.now,
  milliseconds: 0,
  image: 'reg.example.com/app',
  registry: 'reg.example.com',
  outcome: 'answered',
  sources: [{ source: 'ecr', how: 'fetched', fetchMilliseconds: 300, expiresAt: clock.now + 12 * HOUR }],
  ...more,
});
const write = (more: Partial<RequestRecord> = {}) => countInMetrics(file, record(more), ioWith(clock));
const series = () => parseMetrics(readFileSync(file, 'utf8'));

test('a run is counted, in the text format of Prometheus', async () => {
  expect(await write()).toBeUndefined();
  expect(readFileSync(file, 'utf8')).toMatchInlineSnapshot(`
    "# HELP keyring_credential_provider_requests_total Requests of the kubelet, by outcome.
    # TYPE keyring_credential_provider_requests_total counter
    keyring_credential_provider_requests_total{outcome="answered"} 1
    # HELP keyring_credential_provider_credentials_total Credentials asked of a source, by how they were come by.
    # TYPE keyring_credential_provider_credentials_total counter
    keyring_credential_provider_credentials_total{source="ecr",outcome="fetched"} 1
    # HELP keyring_credential_provider_fetch_duration_seconds How long the calls to a cloud took, with their retries.
    # TYPE keyring_credential_provider_fetch_duration_seconds histogram
    keyring_credential_provider_fetch_duration_seconds_bucket{source="ecr",le="0.05"} 0
    keyring_credential_provider_fetch_duration_seconds_bucket{source="ecr",le="0.1"} 0
    keyring_credential_provider_fetch_duration_seconds_bucket{source="ecr",le="0.25"} 0
    keyring_credential_provider_fetch_duration_seconds_bucket{source="ecr",le="0.5"} 1
    keyring_credential_provider_fetch_duration_seconds_bucket{source="ecr",le="1"} 1
    keyring_credential_provider_fetch_duration_seconds_bucket{source="ecr",le="2.5"} 1
    keyring_credential_provider_fetch_duration_seconds_bucket{source="ecr",le="5"} 1
    keyring_credential_provider_fetch_duration_seconds_bucket{source="ecr",le="10"} 1
    keyring_credential_provider_fetch_duration_seconds_bucket{source="ecr",le="30"} 1
    keyring_credential_provider_fetch_duration_seconds_bucket{source="ecr",le="+Inf"} 1
    keyring_credential_provider_fetch_duration_seconds_sum{source="ecr"} 0.3
    keyring_credential_provider_fetch_duration_seconds_count{source="ecr"} 1
    # HELP keyring_credential_provider_last_success_timestamp_seconds When a source last gave a credential that was not stale.
    # TYPE keyring_credential_provider_last_success_timestamp_seconds gauge
    keyring_credential_provider_last_success_timestamp_seconds{source="ecr"} 1780272000
    # HELP keyring_credential_provider_token_expiry_timestamp_seconds When the token that was last answered for a registry expires.
    # TYPE keyring_credential_provider_token_expiry_timestamp_seconds gauge
    keyring_credential_provider_token_expiry_timestamp_seconds{source="ecr",registry="reg.example.com"} 1780315200
    "
  `);
  expect(statSync(file).mode & 0o777).toBe(0o644);
  expect(readdirSync(temporary.path)).toEqual(['keyring.prom']);
});

test('runs add up, and times are those of the last one', async () => {
  await write();
  await write({ sources: [{ source: 'ecr', how: 'cached', expiresAt: clock.now + 11 * HOUR }] });
  await write({ outcome: 'failed', sources: [{ source: 'tcr', how: 'failed', fetchMilliseconds: 60_000 }] });
  const counts = series();
  const value = (name: string) => counts.get(`keyring_credential_provider_${name}`);
  expect(value('requests_total{outcome="answered"}')).toBe(2);
  expect(value('requests_total{outcome="failed"}')).toBe(1);
  expect(value('credentials_total{source="ecr",outcome="cached"}')).toBe(1);
  expect(value('fetch_duration_seconds_count{source="ecr"}')).toBe(1);
  expect(value('fetch_duration_seconds_bucket{source="tcr",le="30"}')).toBe(0);
  expect(value('fetch_duration_seconds_bucket{source="tcr",le="+Inf"}')).toBe(1);
  expect(value('last_success_timestamp_seconds{source="tcr"}')).toBeUndefined();
  expect(value('token_expiry_timestamp_seconds{source="ecr",registry="reg.example.com"}')).toBe(
    (clock.now + 11 * HOUR) / 1000,
  );
});

test('runs at the same time are all counted', async () => {
  await Promise.all(Array.from({ length: 30 }, () => write()));
  expect(series().get('keyring_credential_provider_requests_total{outcome="answered"}')).toBe(30);
});

test('a file that is none of ours is replaced, and one that cannot be written is told', async () => {
  writeFileSync(
    file,
    'other_total 1\nkeyring_credential_provider_requests_total{outcome="answered"} oops\n\u0000',
  );
  await write();
  expect(series().get('keyring_credential_provider_requests_total{outcome="answered"}')).toBe(1);
  expect(readFileSync(file, 'utf8')).not.toContain('other_total');
  file = `${temporary.path}/missing/keyring.prom`;
  expect(await write()).toEqual({ reason: `${temporary.path}/missing: ENOENT` });
});

test('a token that expired more than a day ago is no longer shown', async () => {
  await write({ registry: 'old.example.com' });
  await write({ time: clock.now + 37 * HOUR, sources: [] });
  expect([...series().keys()].filter(name => name.includes('old.example.com'))).toEqual([]);
});

test('what is written is read back, whatever a registry is called', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string(), async registry => {
      await write({ registry });
      const before = series();
      expect(parseMetrics(formatMetrics(before, clock.now))).toEqual(before);
      expect([...before.keys()].some(name => name.includes('token_expiry'))).toBe(true);
    }),
    { numRuns: 30 },
  );
});

test('what is no regular file is left alone: a link, a folder', async () => {
  const other = `${temporary.path}/other`;
  writeFileSync(other, 'kept');
  symlinkSync(other, file);
  expect(await write()).toEqual({ reason: 'it is no regular file' });
  expect(readFileSync(other, 'utf8')).toBe('kept');
  unlinkSync(file);
  mkdirSync(file);
  expect(await write()).toEqual({ reason: 'it is no regular file' });
});
