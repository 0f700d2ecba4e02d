/** Clears away what is past its use, a bounded piece at a time, so that a folder of 10,000 entries costs no answer anything. */

import { lstatSync, readdirSync, rmdirSync, type Stats } from 'node:fs';
import { errorCode } from '../io/io.ts';
import { type Folder, readFile, removeFile, replaceFile } from './folder.ts';
import { LONGEST_LIFE } from './policy.ts';

const MARKER = 'swept';
const MINUTE = 60_000;
const PAUSE = 10 * MINUTE;
const MOST_LOOKED_AT = 512;
/** No process of this plugin lives so long: the kubelet ends it after a minute. */
const ABANDONED = 10 * MINUTE;

/** Looks at a random stretch of the folder, unless another process did so within ten minutes. `random` is from 0 to 1. */
export function sweepInPassing(folder: Folder, now: number, random: number): void {
  const next = Number(readFile(folder, MARKER) ?? 0);
  if (now < next && next <= now + PAUSE) return;
  if (replaceFile(folder, MARKER, String(now + PAUSE), now + LONGEST_LIFE) !== undefined) return;
  const names = listNames(folder.path);
  const start = Math.floor(random * names.length);
  const looked = Math.min(names.length, MOST_LOOKED_AT);
  for (let i = 0; i < looked; i++) sweep(folder, names[(start + i) % names.length] ?? '', now);
}

function sweep(folder: Folder, name: string, now: number): void {
  const path = `${folder.path}/${name}`;
  const stat = statOf(path);
  if (stat === undefined) return;
  if (!stat.isDirectory()) {
    // A file's time is the end of its use; one that lies too far ahead was written under a wrong clock.
    if (stat.mtimeMs + ABANDONED < now || stat.mtimeMs > now + 2 * LONGEST_LIFE) removeFile(path);
  } else if ((name.startsWith('.') || name.endsWith('.lock')) && stat.mtimeMs + ABANDONED < now) {
    // By each socket's own age: the folder of that name may be another process's by now.
    for (const socket of listNames(path)) {
      const made = statOf(`${path}/${socket}`)?.mtimeMs ?? now;
      if (made + ABANDONED < now) removeFile(`${path}/${socket}`);
    }
    try {
      rmdirSync(path);
    } catch (error) {
      if (errorCode(error) === undefined) throw error;
    }
  }
}

export function listNames(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return [];
  }
}

function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return undefined;
  }
}
