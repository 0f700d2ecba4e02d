/** When a token is fresh, when it is served although it is stale, and how long a failure is remembered. */

import type { Fault } from '../fault.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** No registry's token lives longer; a longer life is a wrong clock, and is not believed. */
export const LONGEST_LIFE = 24 * HOUR;
/** A stale token is served only while it has this long to go, enough for the pull that it is for. */
export const LEAST_STALE_LIFE = 5 * MINUTE;
/** How long the kubelet may keep a stale token before it asks again. */
export const STALE_ANSWER = MINUTE;
/** How long the kubelet may keep a credential of which nobody said when it ends. */
export const UNKNOWN_LIFE = 5 * MINUTE;
export const REFUSAL_MEMORY = 10 * SECOND;
export const LONGEST_THROTTLE_MEMORY = MINUTE;

/** The times of a token, each in milliseconds since the epoch, `issued < refresh < expires`. */
export interface Times {
  readonly issued: number;
  readonly refresh: number;
  readonly expires: number;
}

/**
 * The times of a token that was issued just now. The refresh point lies at half to two thirds of the life, by `jitter` (0 to 1, drawn
 * at random by the one process of a node that fetches), so that nodes that booted together drift apart.
 * undefined for a token that, by this node's clock, is not worth keeping.
 */
export function timesOf(issued: number, expiresAt: number, jitter: number): Times | undefined {
  const life = Math.min(expiresAt - issued, LONGEST_LIFE);
  if (!(life >= SECOND)) return undefined;
  return {
    issued,
    refresh: Math.floor(issued + life * (1 / 2 + Math.min(Math.max(jitter, 0), 1) / 6)),
    expires: issued + life,
  };
}

/** What is left unused before the expiry, for slow pulls and clocks that differ: a minute, or a tenth of a life under ten minutes. */
export function margin(times: Times): number {
  return Math.min(MINUTE, (times.expires - times.issued) / 10);
}

/**
 * `fresh` until the refresh point, `stale` while it may stand in for a cloud that fails, else `spent`.
 * A token from the future is spent: the clock went back, and by how much its age is wrong nobody knows. Steps within the margin do no harm.
 */
export function stateOf(times: Times, now: number): 'fresh' | 'stale' | 'spent' {
  if (times.issued > now + margin(times)) return 'spent';
  if (now < times.refresh && now <= times.expires - margin(times)) return 'fresh';
  return now <= times.expires - Math.max(LEAST_STALE_LIFE, margin(times)) ? 'stale' : 'spent';
}

/** How long the kubelet may keep a stale token, in milliseconds since the epoch. */
export function staleUntil(times: Times, now: number): number {
  return Math.min(now + STALE_ANSWER, times.expires - margin(times));
}

/** Until when a failure that happened at `at` answers for the cloud; `at` itself when asking again at once may help. */
export function rememberedUntil(at: number, fault: Fault | undefined): number {
  const kind = fault === undefined ? 'refused' : fault.kind;
  if (kind === 'unavailable') return at;
  if (kind === 'refused') return at + REFUSAL_MEMORY;
  return at + Math.min(Math.max(fault?.retryAfter ?? REFUSAL_MEMORY, 0), LONGEST_THROTTLE_MEMORY);
}

/** Whether that memory still holds; never when the clock went back behind it. */
export function isRemembered(failure: { readonly at: number; readonly until: number }, now: number): boolean {
  return failure.at <= now && now < Math.min(failure.until, failure.at + LONGEST_THROTTLE_MEMORY);
}

/** Milliseconds that a fetch may take of what is left: with a stale token at hand, a hanging cloud is not worth a long wait. */
export function fetchTime(remaining: number, hasStale: boolean): number {
  return hasStale ? Math.min(10 * SECOND, remaining / 2) : remaining - Math.min(500, remaining / 10);
}

/** Milliseconds to wait for another process: a little longer than its fetch, or so long that going on alone is still possible. */
export function patience(remaining: number, hasStale: boolean): number {
  return hasStale ? Math.min(12 * SECOND, remaining * 0.6) : remaining - Math.min(10 * SECOND, remaining / 3);
}
