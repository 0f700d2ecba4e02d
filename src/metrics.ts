/** The optional metrics file for node_exporter's textfile collector: counts of all runs so far, replaced in one step. */

import { lstatSync, readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { replaceFile, type Unusable } from './cache/folder.ts';
import { takeLock } from './cache/lock.ts';
import { errorCode, type Io } from './io/io.ts';
import type { RequestRecord } from './log.ts';

const PREFIX = 'keyring_credential_provider_';
const DAY = 24 * 3600;
/** Upper bounds in seconds, the usual ones of Prometheus that make sense for a call to a cloud. */
const BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** Milliseconds to wait for other runs that write the file; after that this run is not counted. */
const PATIENCE = 1000;
const LARGEST = 1024 * 1024;

const METRICS = {
  requests_total: ['counter', 'Requests of the kubelet, by outcome.'],
  credentials_total: ['counter', 'Credentials asked of a source, by how they were come by.'],
  fetch_duration_seconds: ['histogram', 'How long the calls to a cloud took, with their retries.'],
  last_success_timestamp_seconds: ['gauge', 'When a source last gave a credential that was not stale.'],
  token_expiry_timestamp_seconds: ['gauge', 'When the token that was last answered for a registry expires.'],
} as const;

/** Values by series, such as `keyring_credential_provider_requests_total{outcome="answered"}`. */
export type Series = Map<string, number>;

/** Counts the run in the file. Returns why it could not; no request fails because of its metrics. */
export async function countInMetrics(
  file: string,
  record: RequestRecord,
  io: Io,
): Promise<Unusable | undefined> {
  const odd = oddity(file);
  if (odd !== undefined) return { reason: odd };
  const folder = { path: dirname(file), uid: io.uid ?? 0 };
  const lock = await lockBefore(performance.now() + PATIENCE, folder, `.${basename(file)}`);
  if ('reason' in lock) return lock;
  try {
    const series = parseMetrics(readOld(file));
    count(series, record);
    const now = record.time + record.milliseconds;
    return replaceFile(folder, basename(file), formatMetrics(series, now), now, 0o644);
  } finally {
    lock.release();
  }
}

async function lockBefore(end: number, folder: { path: string; uid: number }, name: string) {
  for (;;) {
    const attempt = await takeLock(folder, name, new Set());
    if (!('watch' in attempt)) return attempt;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise(resolve => {
      timer = setTimeout(resolve, Math.max(0, end - performance.now()));
    });
    await Promise.race([attempt.watch.ended, late]);
    clearTimeout(timer);
    attempt.watch.stop();
    if (performance.now() >= end) return { reason: `${folder.path}: other runs kept it` };
  }
}

/** The file is replaced as a whole: never a device, a pipe or a link, and nothing that is too large to be ours. */
function oddity(file: string): string | undefined {
  const stat = lstatSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  if (!stat.isFile()) return 'it is no regular file';
  return stat.size > LARGEST ? 'it is larger than 1 MiB' : undefined;
}

function readOld(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return '';
  }
}

/** The series of a file that this program wrote; other lines are left out. */
export function parseMetrics(text: string): Series {
  const series: Series = new Map();
  for (const line of text.split('\n')) {
    const [, name, value] = /^(\w+(?:\{.*\})?) (\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/.exec(line) ?? [];
    if (name !== undefined && metricOf(name) !== undefined) series.set(name, Number(value));
  }
  return series;
}

/** The [text format](https://prometheus.io/docs/instrumenting/exposition_formats/); `now` in milliseconds since the epoch. */
export function formatMetrics(series: Series, now: number): string {
  const lines: string[] = [];
  for (const [metric, [type, help]] of Object.entries(METRICS)) {
    const mine = [...series]
      .filter(([name]) => metricOf(name) === metric)
      .filter(([, value]) => isOfUse(metric, value, now));
    if (mine.length === 0) continue;
    lines.push(`# HELP ${PREFIX}${metric} ${help}`, `# TYPE ${PREFIX}${metric} ${type}`);
    for (const [name, value] of mine) lines.push(`${name} ${value}`);
  }
  return lines.map(line => `${line}\n`).join('');
}

/** A token of a registry that nobody pulls from any more says nothing a day after it expired. */
function isOfUse(metric: string, value: number, now: number): boolean {
  return metric !== 'token_expiry_timestamp_seconds' || value > now / 1000 - DAY;
}

function metricOf(series: string): string | undefined {
  const name = series.replace(/\{.*$/, '');
  return Object.keys(METRICS).find(metric => name.replace(/_(bucket|sum|count)$/, '') === PREFIX + metric);
}

function count(series: Series, { time, milliseconds, registry, outcome, sources }: RequestRecord): void {
  const add = (name: string, labels: Record<string, string>, by: number) => {
    const key = seriesName(name, labels);
    series.set(key, (series.get(key) ?? 0) + by);
  };
  const set = (name: string, labels: Record<string, string>, to: number) =>
    series.set(seriesName(name, labels), to);

  add('requests_total', { outcome }, 1);
  for (const { source, how, fetchMilliseconds, expiresAt } of sources) {
    add('credentials_total', { source, outcome: how }, 1);
    if (how === 'cached' || how === 'fetched' || how === 'waited') {
      set('last_success_timestamp_seconds', { source }, (time + milliseconds) / 1000);
    }
    if (expiresAt !== undefined)
      set('token_expiry_timestamp_seconds', { source, registry }, expiresAt / 1000);
    if (fetchMilliseconds === undefined) continue;
    const seconds = fetchMilliseconds / 1000;
    for (const bound of BUCKETS)
      add('fetch_duration_seconds_bucket', { source, le: String(bound) }, seconds <= bound ? 1 : 0);
    add('fetch_duration_seconds_bucket', { source, le: '+Inf' }, 1);
    add('fetch_duration_seconds_sum', { source }, seconds);
    add('fetch_duration_seconds_count', { source }, 1);
  }
}

function seriesName(name: string, labels: Record<string, string>): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${escaped(value)}"`);
  return `${PREFIX}${name}{${pairs.join(',')}}`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
