/** The token cache's door: one call to the cloud for a whole node, for as long as its answer is good. */

import { Fault } from '../fault.ts';
import type { Io } from '../io/io.ts';
import type { Identity, Source, SourceRequest } from '../sources/source.ts';
import { type Folder, openFolder, type Unusable } from './folder.ts';
import { keyOf } from './key.ts';
import { answerOf, type Outcome } from './outcome.ts';
import { isRemembered, stateOf } from './policy.ts';
import { readEntry } from './store.ts';

export type { How, Outcome } from './outcome.ts';

export interface CacheSettings {
  readonly enabled: boolean;
  readonly directory: string;
}

const NOBODY: ReadonlySet<string> = new Set();

/**
 * The source's credential, kept or fetched. `type` is the source's type, as in the configuration.
 * Every Fault is part of the outcome. An unusable folder is none: then the source is asked, and `uncached` says why.
 */
export async function cachedFetch(
  source: Source,
  type: string,
  request: SourceRequest,
  settings: CacheSettings,
  io: Io,
): Promise<Outcome> {
  let identity: Identity;
  try {
    identity = await source.identify(request, io);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { how: 'failed', credential: undefined, fault: error, goodUntil: io.now() };
  }
  const question = { source, type, request, io, identity };
  const folder = settings.enabled ? folderOf(settings, io, true) : undefined;
  if (folder === undefined || 'reason' in folder) {
    const { fetchAlone } = await import('./flight.ts');
    return { ...(await fetchAlone(question)), ...(folder && { uncached: folder.reason }) };
  }
  const key = keyOf(type, request, identity);
  const kept = answerOf(readEntry(folder, key), io.now(), NOBODY);
  if (kept !== undefined) return kept;
  const { fetchTogether } = await import('./flight.ts');
  return await fetchTogether(question, folder, key);
}

/** What is kept for a request, without its secret. */
export interface Peek {
  /** `none`: the next run asks the cloud. `refused`: a failure is remembered, and no token can stand in. */
  readonly state: 'fresh' | 'stale' | 'refused' | 'none';
  /** Milliseconds since the epoch, where a token is kept. */
  readonly issued?: number;
  readonly refresh?: number;
  readonly expires?: number;
  /** Why the cache cannot be used. */
  readonly uncached?: string;
}

/** Whether a token is kept for this request, and since when. Makes nothing, asks nobody. Rejects with the Fault of `identify`. */
export async function peek(
  source: Source,
  type: string,
  request: SourceRequest,
  settings: CacheSettings,
  io: Io,
): Promise<Peek> {
  if (!settings.enabled) return { state: 'none', uncached: 'the cache is turned off' };
  const folder = folderOf(settings, io, false);
  if ('reason' in folder) return { state: 'none', ...(folder.missing ? {} : { uncached: folder.reason }) };
  const entry = readEntry(folder, keyOf(type, request, await source.identify(request, io)));
  const now = io.now();
  const token = entry?.token;
  const state = token === undefined ? 'spent' : stateOf(token, now);
  if (token !== undefined && state !== 'spent') {
    return { state, issued: token.issued, refresh: token.refresh, expires: token.expires };
  }
  return { state: entry?.failure !== undefined && isRemembered(entry.failure, now) ? 'refused' : 'none' };
}

export function folderOf(settings: CacheSettings, io: Io, create: boolean): Folder | Unusable {
  return openFolder(settings.directory, io.uid, create);
}
