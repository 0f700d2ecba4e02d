import { afterEach, beforeEach, expect, test } from 'bun:test';
import { existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { appendToLog, type RequestRecord } from '../src/log.ts';
import { temporaryFolder } from './cache/support/setting.ts';

let temporary: ReturnType<typeof temporaryFolder>;
let file: string;
beforeEach(() => {
  temporary = temporaryFolder();
  file = `${temporary.path}/provider.log`;
});
afterEach(() => temporary.remove());

const record: RequestRecord = {
  time: Date.UTC(2026, 5, 1),
  milliseconds: 12,
  image: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/app',
  registry: '123456789012.dkr.ecr.eu-west-1.amazonaws.com',
  outcome: 'answered',
  cacheDuration: 3600_000,
  sources: [{ source: 'ecr', how: 'stale', code: 'ThrottlingException', what: 'line one\nline two' }],
};

test('a request is one line of JSON', () => {
  expect(appendToLog(file, record)).toBeUndefined();
  expect(appendToLog(file, record)).toBeUndefined();
  const lines = readFileSync(file, 'utf8').split('\n');
  expect(lines).toHaveLength(3);
  expect(JSON.parse(lines[0] ?? '')).toEqual({ ...record, time: '2026-06-01T00:00:00.000Z' });
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('the file never grows beyond its size, and the one before it is kept', () => {
  appendToLog(file, record);
  const { size } = statSync(file);
  for (let i = 0; i < 7; i++) appendToLog(file, { ...record, milliseconds: 10 + i }, 3 * size);
  expect(statSync(file).size).toBe(2 * size);
  expect(statSync(`${file}.1`).size).toBe(3 * size);
  expect(existsSync(`${file}.2`)).toBe(false);
  const kept = readFileSync(`${file}.1`, 'utf8') + readFileSync(file, 'utf8');
  expect([...kept.matchAll(/"milliseconds":(\d+)/g)].map(([, text]) => Number(text))).toEqual([
    12, 13, 14, 15, 16,
  ]);
});

test('a line longer than the size is written all the same', () => {
  expect(appendToLog(file, record, 10)).toBeUndefined();
  expect(readFileSync(file, 'utf8')).toContain('ThrottlingException');
});

test('a file that cannot be written is told by its code', () => {
  expect(appendToLog(`${temporary.path}/missing/log`, record)).toBe('ENOENT');
  writeFileSync(`${temporary.path}/target`, '');
  symlinkSync(`${temporary.path}/target`, file);
  expect(appendToLog(file, record)).toBe('ELOOP');
  expect(readFileSync(`${temporary.path}/target`, 'utf8')).toBe('');
});
