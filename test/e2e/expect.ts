/** Checks of a scenario, with messages that read well in its report. */

import { deepStrictEqual } from 'node:assert';

/** Fails unless the two are deeply equal. */
export function equal(what: string, found: unknown, expected: unknown): void {
  try {
    deepStrictEqual(found, expected);
  } catch {
    throw new Error(`${what}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`);
  }
}

/** Fails unless the text holds the part. */
export function expectLine(what: string, text: string, part: string): void {
  if (!text.includes(part)) throw new Error(`${what} does not say "${part}"`);
}
