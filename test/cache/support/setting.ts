/** What the cache's tests have in common: an Io with a clock to set, a folder that goes away, a source that counts. */

import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { Deadline } from '../../../src/deadline.ts';
import type { Io } from '../../../src/io/io.ts';
import type { Credential, Source, SourceRequest } from '../../../src/sources/source.ts';
import { noMemory } from '../../support/no-memory.ts';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

export interface Clock {
  now: number;
}

const unexpected = (): never => {
  throw new Error('the cache must not use this');
};

/** Only clock, environment and user: whatever else the cache would touch fails the test. */
export function ioWith(clock: Clock, env: Record<string, string> = {}, uid = process.getuid?.()): Io {
  const output = { write: unexpected, isTerminal: unexpected };
  return {
    env,
    stdin: { isTerminal: unexpected, read: unexpected },
    stdout: output,
    stderr: output,
    files: { read: unexpected, stat: unexpected, list: unexpected },
    uid,
    now: () => clock.now,
    run: unexpected,
  };
}

/** The system's clock, for the parts that wait. */
export const systemClock: Clock = {
  get now() {
    return Date.now();
  },
};

export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(`${realpathSync(tmpdir())}/keyring-cache-`);
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export function requestFor(host: string, clock: Clock, timeout = 45 * SECOND): SourceRequest {
  return {
    options: {},
    directory: '/etc/keyring-credential-provider',
    host,
    literalHost: true,
    serviceAccount: undefined,
    deadline: new Deadline(clock.now + timeout, () => clock.now),
    ...noMemory,
  };
}

export interface CountingSource extends Source {
  calls: number;
  /** What the next calls come to. */
  answer: () => Promise<Credential | undefined> | Credential | undefined;
}

/** A source of one scope a host, that acts as `role/pull`. */
export function countingSource(answer: CountingSource['answer']): CountingSource {
  const source: CountingSource = {
    calls: 0,
    answer,
    identify: async request => ({ who: 'role/pull', scope: request.host }),
    fetch: async () => {
      source.calls++;
      return await source.answer();
    },
  };
  return source;
}
