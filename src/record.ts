/** The optional record of a run: a line of the log file, and counts in the metrics file. */

import type { Config } from './config/load.ts';
import type { Asked } from './fetch-all.ts';
import type { Reference } from './image/reference.ts';
import type { Io } from './io/io.ts';
import { appendToLog, type RequestRecord, type SourceRecord } from './log.ts';
import type { Answer } from './protocol.ts';
import { reportUnwritable } from './report.ts';

export interface FinishedRun {
  /** Milliseconds since the epoch. */
  readonly start: number;
  readonly image: Reference;
  readonly asked: readonly Asked[];
  /** undefined when the kubelet gets none. */
  readonly answer: Answer | undefined;
}

/** Writes the record where the configuration wants it. What cannot be written is said on stderr and fails nothing. */
export async function keepRecord(run: FinishedRun, { logFile, metricsFile }: Config, io: Io): Promise<void> {
  const record = recordOf(run, io.now());
  const code = logFile === undefined ? undefined : appendToLog(logFile, record);
  if (logFile !== undefined && code !== undefined) await reportUnwritable(logFile, code, io);
  if (metricsFile === undefined) return;
  const { countInMetrics } = await import('./metrics.ts');
  const failed = await countInMetrics(metricsFile, record, io);
  if (failed !== undefined) await reportUnwritable(metricsFile, failed.reason, io);
}

function recordOf({ start, image, asked, answer }: FinishedRun, now: number): RequestRecord {
  return {
    time: start,
    milliseconds: now - start,
    image: `${image.host}/${image.repository}`,
    registry: image.host,
    outcome: outcomeOf(asked, answer),
    ...(answer === undefined ? {} : { cacheDuration: answer.cacheDuration }),
    sources: asked.map(sourceRecord),
  };
}

function outcomeOf(asked: readonly Asked[], answer: Answer | undefined): RequestRecord['outcome'] {
  if (answer === undefined) return 'failed';
  if (answer.auth.size === 0) return 'empty';
  return asked.some(({ outcome }) => outcome.fault !== undefined) ? 'partial' : 'answered';
}

function sourceRecord({ source: { type, name }, outcome }: Asked): SourceRecord {
  const { how, credential, uncached, fetchMilliseconds } = outcome;
  const fault = outcome.fault ?? outcome.why;
  return {
    source: type,
    ...(name === undefined ? {} : { name }),
    how,
    ...(fault === undefined ? {} : { code: fault.code, what: fault.what }),
    ...(uncached === undefined ? {} : { uncached }),
    ...(fetchMilliseconds === undefined ? {} : { fetchMilliseconds }),
    ...(credential?.expiresAt === undefined ? {} : { expiresAt: credential.expiresAt }),
  };
}
