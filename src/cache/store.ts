/** Entries in the folder, by key. */

import { decodeEntry, type Entry, encodeEntry } from './entry.ts';
import { type Folder, readFile, replaceFile, type Unusable } from './folder.ts';

/** The file's name: short enough for a socket's path below it; the entry itself holds the whole key. */
export function nameOf(key: string): string {
  return key.slice(0, 32);
}

export function isEntryName(name: string): boolean {
  return /^[0-9a-f]{32}$/.test(name);
}

export function readEntry(folder: Folder, key: string): Entry | undefined {
  const text = readFile(folder, nameOf(key));
  return text === undefined ? undefined : decodeEntry(text, key);
}

/** `end`: when the entry may be swept away, in milliseconds since the epoch. Returns why it could not be written, if so. */
export function writeEntry(folder: Folder, entry: Entry, end: number): Unusable | undefined {
  return replaceFile(folder, nameOf(entry.key), encodeEntry(entry), end);
}
