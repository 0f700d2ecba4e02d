/** Reads the answer of CreateInstanceToken. */

import { Fault } from '../../fault.ts';
import type { Credential } from '../source.ts';
import { memberOf } from './api.ts';

/**
 * The credential in the answer. The API has given `Username` as string and as number, and `ExpTime` in milliseconds
 * and in seconds, as number and as string: https://cloud.tencent.com/document/api/1141/41571
 * Throws a Fault when a part is missing or the token has already expired at `now` (milliseconds since the epoch).
 */
export function readToken(answer: unknown, now: number): Credential {
  const username = memberOf(answer, 'Username');
  const password = memberOf(answer, 'Token');
  const expiresAt = readTime(memberOf(answer, 'ExpTime'));
  const hasName = (typeof username === 'string' && username !== '') || Number.isSafeInteger(username);
  if (!hasName || typeof password !== 'string' || password === '' || expiresAt === undefined) {
    const missing = !hasName ? 'Username' : expiresAt === undefined ? 'ExpTime' : 'Token';
    throw new Fault(
      'invalid-response',
      `the answer of CreateInstanceToken has no usable ${missing}`,
      'check the endpoint; if it is right, report this to the makers of this plugin',
    );
  }
  if (expiresAt <= now) {
    throw new Fault(
      'expired-token',
      `the token that CreateInstanceToken gave expired at ${new Date(expiresAt).toISOString()}`,
      'set the clock of this node',
    );
  }
  return { username: String(username), password, expiresAt };
}

/** Milliseconds since the epoch. Seconds have fewer than thirteen digits until the year 33658. */
function readTime(value: unknown): number | undefined {
  const time = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof time !== 'number' || !Number.isSafeInteger(time) || time <= 0) return undefined;
  return time < 1e12 ? time * 1000 : time;
}
