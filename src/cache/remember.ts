/** Remembers what a source had to look up and what seldom changes, such as the instance behind a registry's host name. */

import type { Io } from '../io/io.ts';
import type { Subject } from '../sources/source.ts';
import { type CacheSettings, folderOf } from './cache.ts';
import { digest } from './digest.ts';
import { readEntry, writeEntry } from './store.ts';

export interface SourceSubject extends Subject {
  /** The source's type. */
  readonly source: string;
}

/** The value that `find` gave at most `lifetime` milliseconds ago, or gives now. No secret may be remembered; a rejection never is. */
export async function remember(
  subject: SourceSubject,
  lifetime: number,
  settings: CacheSettings,
  io: Io,
  find: () => Promise<string>,
): Promise<string> {
  const folder = settings.enabled ? folderOf(settings, io, true) : undefined;
  if (folder === undefined || 'reason' in folder) return await find();
  const key = digest(JSON.stringify(['fact', subject.source, subject.who, subject.scope]));
  const fact = readEntry(folder, key)?.fact;
  const now = io.now();
  if (fact !== undefined && fact.issued <= now && now < Math.min(fact.expires, fact.issued + lifetime))
    return fact.value;
  const value = await find();
  const issued = io.now();
  const expires = issued + lifetime;
  writeEntry(folder, { key, ...subject, fact: { value, issued, expires } }, expires);
  return value;
}
