/** What asking the cache came to, and how a kept entry answers for the cloud. */

import { Fault } from '../fault.ts';
import type { Credential } from '../sources/source.ts';
import type { Entry, Failure, Token } from './entry.ts';
import { isRemembered, staleUntil, stateOf } from './policy.ts';

/**
 * - `cached`: kept by an earlier process; `waited`: by one that was fetching; `fetched`: by this process
 * - `stale`: the cloud failed (`why`), and an old token stands in
 * - `refused`: a failure that is remembered; `failed`: a failure of this process's own attempt, or of the one it waited for
 * - `none`: the source says that it has no credential for this host
 */
export type How = 'cached' | 'waited' | 'fetched' | 'stale' | 'refused' | 'failed' | 'none';

export interface Outcome {
  readonly how: How;
  /** undefined when `fault` says why, and when there is `none`. */
  readonly credential: Credential | undefined;
  readonly fault?: Fault;
  /** How long the kubelet may keep the answer, in milliseconds since the epoch. */
  readonly goodUntil: number;
  /** Why a stale token was served. */
  readonly why?: Fault;
  /** Why this answer could not be read from the cache, kept in it or waited for, for the log. */
  readonly uncached?: string;
  /** How long the source's own fetch took, where there was one. */
  readonly fetchMilliseconds?: number;
}

/** The answer that the entry gives at once, if it gives one. `joined`: the attempts whose end this process waited for. */
export function answerOf(
  entry: Entry | undefined,
  now: number,
  joined: ReadonlySet<string>,
): Outcome | undefined {
  const token = entry?.token;
  if (token !== undefined && stateOf(token, now) === 'fresh') {
    return {
      how: joined.size > 0 ? 'waited' : 'cached',
      credential: credentialOf(token),
      goodUntil: token.refresh,
    };
  }
  const failure = entry?.failure;
  if (failure === undefined) return undefined;
  if (isRemembered(failure, now)) return answerOfFailure('refused', entry, failure, now);
  if (joined.has(failure.flight)) return answerOfFailure('failed', entry, failure, now);
  return undefined;
}

/** A failure's answer: the entry's old token while it may stand in, else the failure itself. */
export function answerOfFailure(
  how: 'refused' | 'failed',
  entry: Entry | undefined,
  failure: Pick<Failure, 'fault' | 'until'>,
  now: number,
): Outcome {
  const { fault } = failure;
  const goodUntil = Math.max(now, failure.until);
  if (fault === undefined) return { how: 'none', credential: undefined, goodUntil };
  const error = new Fault(fault.code, fault.what, fault.hint);
  return staleAnswer(entry, now, error) ?? { how, credential: undefined, fault: error, goodUntil };
}

/** The entry's old token, if it may still stand in for a cloud that fails. */
export function staleAnswer(entry: Entry | undefined, now: number, why: Fault): Outcome | undefined {
  const token = entry?.token;
  if (token === undefined || stateOf(token, now) === 'spent') return undefined;
  return { how: 'stale', credential: credentialOf(token), goodUntil: staleUntil(token, now), why };
}

function credentialOf({ username, password, expires }: Token): Credential {
  return { username, password, expiresAt: expires };
}
