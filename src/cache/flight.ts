/** Gets a token that is not kept: one process of the node asks the cloud, the others wait for what comes of it. */

import { Deadline } from '../deadline.ts';
import { Fault } from '../fault.ts';
import type { Io } from '../io/io.ts';
import type { Credential, Identity, Source, SourceRequest } from '../sources/source.ts';
import { type Entry, endOf, type Failure } from './entry.ts';
import { type Folder, nonce } from './folder.ts';
import { type Busy, type Held, takeLock } from './lock.ts';
import { answerOf, answerOfFailure, type Outcome, staleAnswer } from './outcome.ts';
import { fetchTime, patience, rememberedUntil, stateOf, timesOf, UNKNOWN_LIFE } from './policy.ts';
import { nameOf, readEntry, writeEntry } from './store.ts';
import { sweepInPassing } from './sweep.ts';

/** One question to the cache, with everything that an answer to it takes. */
export interface Question {
  readonly source: Source;
  readonly type: string;
  readonly request: SourceRequest;
  readonly io: Io;
  readonly identity: Identity;
}

/** After so many flights that left nothing behind (a full disk, a token that cannot be kept), waiting in line helps nobody. */
const MOST_FLIGHTS = 3;

const NOBODY: ReadonlySet<string> = new Set();

/** Where the answer to a question is kept. */
interface Place {
  readonly folder: Folder;
  readonly key: string;
}

/** Gets the token together with all other processes that want it now. Rejects only with what is no Fault. */
export async function fetchTogether(question: Question, folder: Folder, key: string): Promise<Outcome> {
  const { io, request } = question;
  const place = { folder, key };
  const joined = new Set<string>();
  const remaining = stopwatch(request.deadline);
  const total = remaining();
  for (let flights = 1; ; flights++) {
    const attempt = await takeLock(folder, nameOf(key), joined);
    const entry = readEntry(folder, key);
    const answer = answerOf(entry, io.now(), joined);
    if ('reason' in attempt) {
      return (
        answer ?? { ...(await fetchAndKeep(question, remaining(), place, entry)), uncached: attempt.reason }
      );
    }
    if ('release' in attempt) {
      try {
        return answer ?? (await fetchAndKeep(question, remaining(), place, entry, attempt));
      } finally {
        attempt.release();
      }
    }
    if (answer !== undefined) {
      attempt.watch.stop();
      return answer;
    }
    const left = patience(total, standsIn(entry, io)) - (total - remaining());
    const ended = await ends(attempt, left);
    const late = readEntry(folder, key);
    const result = answerOf(late, io.now(), joined);
    if (result !== undefined) return result;
    if (ended && flights < MOST_FLIGHTS) continue;
    const why = timeout('another process of this node is still asking');
    return staleAnswer(late, io.now(), why) ?? (await fetchAndKeep(question, remaining(), place, late));
  }
}

/** Gets the token without any folder. */
export async function fetchAlone(question: Question): Promise<Outcome> {
  return await fetchAndKeep(question, question.request.deadline.remaining());
}

async function fetchAndKeep(
  question: Question,
  remaining: number,
  place?: Place,
  entry?: Entry,
  lock?: Held,
): Promise<Outcome> {
  const { source, request, io } = question;
  const started = performance.now();
  const result = await ask(source, request, io, fetchTime(remaining, standsIn(entry, io)));
  const fetchMilliseconds = performance.now() - started;
  const now = io.now();

  if (result === undefined || result instanceof Fault) {
    // Another process may have gone on alone meanwhile, and have succeeded.
    const current = place && readEntry(place.folder, place.key);
    const kept = answerOf(current, now, NOBODY);
    if (kept?.how === 'cached') return { ...kept, fetchMilliseconds };
    const failure = failureOf(result, now, lock?.flight ?? nonce());
    const token = standsIn(current, io) ? current?.token : undefined;
    const answer = answerOfFailure('failed', current, failure, now);
    return {
      ...answer,
      fetchMilliseconds,
      ...keep(question, place, { failure, ...(token && { token }) }, lock),
    };
  }

  const answer = { how: 'fetched', credential: result, fetchMilliseconds } as const;
  if (result.expiresAt === undefined) return { ...answer, goodUntil: now + UNKNOWN_LIFE };
  const times = timesOf(now, result.expiresAt, Math.random());
  if (times === undefined)
    return { ...answer, goodUntil: now, uncached: 'the token has expired, by this clock' };
  const token = { ...times, username: result.username, password: result.password };
  return { ...answer, goodUntil: times.refresh, ...keep(question, place, { token }, lock) };
}

/** Writes the entry, lets those who wait go on, and only then clears up. */
function keep(
  { type, request, identity, io }: Question,
  place: Place | undefined,
  kept: Pick<Entry, 'token' | 'failure'>,
  lock: Held | undefined,
): { uncached?: string } {
  if (place === undefined) return {};
  const { who, scope } = identity;
  const entry = { key: place.key, source: type, who, scope, host: request.host, ...kept };
  const problem = writeEntry(place.folder, entry, endOf(entry));
  lock?.release();
  if (problem !== undefined) return { uncached: problem.reason };
  sweepInPassing(place.folder, io.now(), Math.random());
  return {};
}

function failureOf(fault: Fault | undefined, at: number, flight: string): Failure {
  const until = rememberedUntil(at, fault);
  if (fault === undefined) return { flight, at, until };
  return { flight, at, until, fault: { code: fault.code, what: fault.what, hint: fault.hint } };
}

function standsIn(entry: Entry | undefined, io: Io): boolean {
  return entry?.token !== undefined && stateOf(entry.token, io.now()) !== 'spent';
}

/** The source's own answer within so many milliseconds, whether the source minds its deadline or not. */
async function ask(
  source: Source,
  request: SourceRequest,
  io: Io,
  milliseconds: number,
): Promise<Credential | Fault | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const hanging = new Promise<Fault>(resolve => {
    timer = setTimeout(() => resolve(timeout('the source did not answer in time')), milliseconds);
  });
  const deadline = new Deadline(Math.min(request.deadline.at, Math.floor(io.now() + milliseconds)), () =>
    io.now(),
  );
  try {
    return await Promise.race([source.fetch({ ...request, deadline }, io), hanging]);
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function timeout(what: string): Fault {
  return new Fault('Timeout', what, 'check the network, or the endpoint in the configuration', {
    kind: 'unavailable',
  });
}

/** True when the other process is done or gone, false when that took longer than `milliseconds`. */
async function ends({ watch }: Busy, milliseconds: number): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<false>(resolve => {
    timer = setTimeout(() => resolve(false), Math.max(0, milliseconds));
  });
  try {
    return await Promise.race([watch.ended.then(() => true), late]);
  } finally {
    clearTimeout(timer);
    watch.stop();
  }
}

/** What is left of the deadline, by a clock that nobody sets: a clock that goes back must not make a wait endless. */
function stopwatch(deadline: Deadline): () => number {
  const started = performance.now();
  const total = deadline.remaining();
  return () => Math.max(0, total - (performance.now() - started));
}
