/** The optional log file: one line of JSON for each request, without any secret, in at most two files of a capped size. */

import { closeSync, constants, fstatSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import type { How } from './cache/outcome.ts';
import { errorCode } from './io/io.ts';

/** What a run came to, for the log and the metrics. */
export interface RequestRecord {
  /** Milliseconds since the epoch at which the run began, and how many it took. */
  readonly time: number;
  readonly milliseconds: number;
  readonly image: string;
  /** The image's host. */
  readonly registry: string;
  /** `partial`: some sources failed; `empty`: nothing matches, or nothing has a credential; `failed`: the kubelet got no answer. */
  readonly outcome: 'answered' | 'partial' | 'empty' | 'failed';
  /** Milliseconds for which the kubelet may cache the answer; absent without one. */
  readonly cacheDuration?: number;
  /** Every source that was asked, in the order of the plan. */
  readonly sources: readonly SourceRecord[];
}

export interface SourceRecord {
  readonly source: string;
  /** Its name in `sources`, where it has one. */
  readonly name?: string;
  readonly how: How;
  /** The code and the words of a failure, also of one that a stale token hides. */
  readonly code?: string;
  readonly what?: string;
  readonly uncached?: string;
  readonly fetchMilliseconds?: number;
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number;
}

export const DEFAULT_LOG_SIZE = 10 * 1024 * 1024;

/**
 * Appends a line. A file that would grow beyond `size` bytes becomes `FILE.1` first, in the place of an older one.
 * Returns the system's code when the line could not be written; no request fails because of its log.
 */
export function appendToLog(
  file: string,
  record: RequestRecord,
  size = DEFAULT_LOG_SIZE,
): string | undefined {
  const { time, ...rest } = record;
  const line = new TextEncoder().encode(
    `${JSON.stringify({ time: new Date(time).toISOString(), ...rest })}\n`,
  );
  try {
    let log = openLog(file);
    if (log.size > 0 && log.size + line.length > size) {
      closeSync(log.descriptor);
      // Another process may have done it since.
      if (statSync(file).size === log.size) renameSync(file, `${file}.1`);
      log = openLog(file);
    }
    try {
      // One write of an appending descriptor: lines of several processes do not mix.
      writeSync(log.descriptor, line);
    } finally {
      closeSync(log.descriptor);
    }
    return undefined;
  } catch (error) {
    const code = errorCode(error);
    if (code === undefined) throw error;
    return code;
  }
}

function openLog(file: string): { descriptor: number; size: number } {
  const flags =
    constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const descriptor = openSync(file, flags, 0o600);
  return { descriptor, size: fstatSync(descriptor).size };
}
