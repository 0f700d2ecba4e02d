/** Who an entry's source would ask as, and what the token cache keeps for that, without the token. */

import type { Peek } from '../cache/cache.ts';
import type { Entry } from '../config/entry.ts';
import type { Config } from '../config/load.ts';
import { Deadline } from '../deadline.ts';
import { formatDuration } from '../duration.ts';
import { Fault } from '../fault.ts';
import { sourceRequestFor } from '../fetch-all.ts';
import type { Reference } from '../image/reference.ts';
import type { Io } from '../io/io.ts';
import { givesTokens } from '../sources/serves.ts';
import { loadSource } from '../sources/sources.ts';

export interface Look {
  /** `unknown` with the code of the reason where that cannot be told. */
  readonly who: string;
  /** undefined for a source that gives no tokens, and where nobody can tell. */
  readonly kept: Peek | undefined;
}

/** Asks nobody and writes nothing. */
export async function lookAt(
  entry: Entry,
  image: Reference,
  { timeout, cache }: Config,
  io: Io,
): Promise<Look> {
  const { type } = entry.source;
  const deadline = new Deadline(io.now() + timeout, io.now);
  try {
    const source = await loadSource(type);
    const request = sourceRequestFor(entry, image, undefined, deadline, cache, io);
    const { who } = await source.identify(request, io);
    if (!givesTokens(type)) return { who, kept: undefined };
    const { peek } = await import('../cache/cache.ts');
    return { who, kept: await peek(source, type, request, cache, io) };
  } catch (error) {
    return { who: error instanceof Fault ? `unknown [${error.code}]` : 'unknown', kept: undefined };
  }
}

/** In words: whether a token is kept, how old it is and how long it lasts. */
export function describeKept({ state, uncached, ...times }: Peek, now: number): string {
  if (uncached !== undefined) return `no token is cached: ${uncached}`;
  if (state === 'none') return 'no token is cached';
  if (state === 'refused') return 'no token is cached; that the cloud refused one is remembered for a while';
  const { issued = now, refresh = now, expires = now } = times;
  const renewal = state === 'stale' ? 'due to be renewed' : `to be renewed in ${span(refresh - now)}`;
  return `a token is cached: ${span(now - issued)} old, ${renewal}, expires in ${span(expires - now)}`;
}

function span(milliseconds: number): string {
  return formatDuration(Math.floor(milliseconds / 1000) * 1000);
}
