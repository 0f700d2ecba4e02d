/** What the cache holds, for people: listed and cleared, never with a secret. */

import type { Io } from '../io/io.ts';
import { type CacheSettings, folderOf } from './cache.ts';
import { decodeEntry, type Entry, endOf } from './entry.ts';
import { readFile, removeFile, type Unusable } from './folder.ts';
import { isRemembered, stateOf } from './policy.ts';
import { isEntryName } from './store.ts';
import { listNames } from './sweep.ts';

/** One entry; times in milliseconds since the epoch. */
export interface Listed {
  /** The file's name, which `cache clear` takes too. */
  readonly name: string;
  readonly source: string;
  readonly who: string;
  readonly scope: string;
  /** The registry host that a token was first wanted for. */
  readonly host?: string;
  readonly kind: 'token' | 'fact' | 'failure';
  readonly state: 'fresh' | 'stale' | 'spent';
  readonly issued?: number;
  readonly refresh?: number;
  readonly expires: number;
  /** The code of the last attempt, when that failed. */
  readonly failure?: string;
}

/** All readable entries, in the order of source, scope and identity; or why there are none to see. */
export function listCache(settings: CacheSettings, io: Io): Listed[] | Unusable {
  const folder = folderOf(settings, io, false);
  if ('reason' in folder) return folder.missing ? [] : folder;
  const listed: Listed[] = [];
  for (const name of listNames(folder.path)) {
    const text = isEntryName(name) ? readFile(folder, name) : undefined;
    const entry = text === undefined ? undefined : decodeEntry(text);
    if (entry !== undefined) listed.push(describe(name, entry, io.now()));
  }
  const order = ({ source, scope, who, name }: Listed) => [source, scope, who, name].join('\n');
  return listed.sort((a, b) => (order(a) < order(b) ? -1 : 1));
}

/** Drops the entries that `drops` says yes to, and returns them; those that cannot be read go in any case. */
export function clearCache(
  settings: CacheSettings,
  io: Io,
  drops: (entry: Listed) => boolean,
): Listed[] | Unusable {
  const folder = folderOf(settings, io, false);
  if ('reason' in folder) return folder.missing ? [] : folder;
  const dropped: Listed[] = [];
  for (const name of listNames(folder.path)) {
    if (!isEntryName(name)) continue;
    const text = readFile(folder, name);
    const entry = text === undefined ? undefined : decodeEntry(text);
    const listed = entry && describe(name, entry, io.now());
    if (listed !== undefined && !drops(listed)) continue;
    if (removeFile(`${folder.path}/${name}`) && listed !== undefined) dropped.push(listed);
  }
  return dropped;
}

function describe(name: string, entry: Entry, now: number): Listed {
  const { source, who, scope, host, token, fact, failure } = entry;
  const about = { name, source, who, scope, ...(host !== undefined && { host }), expires: endOf(entry) };
  const failed = failure && { failure: failure.fault?.code ?? 'no credential' };
  if (token !== undefined) {
    const { issued, refresh, expires } = token;
    return { ...about, kind: 'token', state: stateOf(token, now), issued, refresh, expires, ...failed };
  }
  if (fact !== undefined) {
    return { ...about, kind: 'fact', state: now < fact.expires ? 'fresh' : 'spent', issued: fact.issued };
  }
  const remembered = failure !== undefined && isRemembered(failure, now);
  return { ...about, kind: 'failure', state: remembered ? 'fresh' : 'spent', ...failed };
}
