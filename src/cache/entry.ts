/** What a file of the cache holds, and how it is written so that damage shows. */

import { digest } from './digest.ts';
import type { Times } from './policy.ts';

/** A new version number makes older executables ignore the file, and replace it. */
const HEADER = 'keyring-credential-provider cache 1';

/** One key's file: the last token, what the last attempt to get one came to, or a fact that a source looked up. */
export interface Entry {
  readonly key: string;
  /** For whom and what it is, in words that an operator knows; never a secret. */
  readonly source: string;
  readonly who: string;
  readonly scope: string;
  /** The registry host that the token was first wanted for; it may open others too, as `scope` says. */
  readonly host?: string;
  readonly token?: Token;
  readonly failure?: Failure;
  readonly fact?: Fact;
}

export interface Token extends Times {
  readonly username: string;
  readonly password: string;
}

export interface Failure {
  /** The attempt that failed; who waited for just this attempt shares its failure. */
  readonly flight: string;
  /** Milliseconds since the epoch: when it failed, and until when that is remembered. */
  readonly at: number;
  readonly until: number;
  /** Absent when the source answered that it has no credential. */
  readonly fault?: { readonly code: string; readonly what: string; readonly hint: string };
}

export interface Fact {
  readonly value: string;
  readonly issued: number;
  readonly expires: number;
}

/** The text of a file: a line with version and checksum, and a line of JSON. */
export function encodeEntry(entry: Entry): string {
  const body = JSON.stringify(entry);
  return `${HEADER} ${digest(body)}\n${body}\n`;
}

/** The entry in a file's text; undefined when it is damaged, of another version or, where a key is given, another key's. */
export function decodeEntry(text: string, key?: string): Entry | undefined {
  const end = text.indexOf('\n');
  const body = text.slice(end + 1, -1);
  if (text.slice(0, end) !== `${HEADER} ${digest(body)}` || !text.endsWith('\n')) return undefined;
  try {
    const entry = JSON.parse(body) as Entry;
    return key === undefined || entry.key === key ? entry : undefined;
  } catch {
    return undefined;
  }
}

/** The moment after which the file is of no use to anybody, in milliseconds since the epoch. */
export function endOf({ token, failure, fact }: Entry): number {
  return Math.max(token?.expires ?? 0, failure?.until ?? 0, fact?.expires ?? 0);
}
