/** The cache's folder: what may be trusted in it, and how a file of it is replaced in one step. */

import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  futimesSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  type Stats,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { errorCode } from '../io/io.ts';

export interface Folder {
  readonly path: string;
  readonly uid: number;
}

/** Why there is no folder to use, for the log. */
export interface Unusable {
  readonly reason: string;
  /** It is not there, and nobody asked to make it: there is nothing in it either. */
  readonly missing?: true;
}

const LARGEST_FILE = 1024 * 1024;

/** The folder when it is this user's alone to write; it is made (0700) when it is missing and `create` says so. */
export function openFolder(path: string, uid: number | undefined, create: boolean): Folder | Unusable {
  if (uid === undefined) return { reason: 'this system does not say who owns a file' };
  try {
    return trusted(path, uid, lstatSync(path));
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') return unusable(path, error);
    if (!create) return { reason: `${path} is missing`, missing: true };
  }
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return trusted(path, uid, lstatSync(path));
  } catch (error) {
    return unusable(path, error);
  }
}

function trusted(path: string, uid: number, stat: Stats): Folder | Unusable {
  if (stat.isSymbolicLink()) return { reason: `${path} is a symbolic link` };
  if (!stat.isDirectory()) return { reason: `${path} is not a folder` };
  if (stat.uid !== uid) return { reason: `${path} belongs to user ${stat.uid}, not to user ${uid}` };
  if ((stat.mode & 0o022) !== 0) return { reason: `${path} may be written by others (chmod 0700)` };
  return { path, uid };
}

/** A reason out of a failed file operation; errors that are none of the system's are not caught here. */
export function unusable(path: string, error: unknown): Unusable {
  const code = errorCode(error);
  if (code === undefined) throw error;
  return { reason: `${path}: ${code}` };
}

/** The file's text; undefined when it is missing, too large, a link, or not this user's alone. */
export function readFile(folder: Folder, name: string): string | undefined {
  let file: number;
  try {
    file = openSync(
      `${folder.path}/${name}`,
      constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    );
  } catch (error) {
    unusable(folder.path, error);
    return undefined;
  }
  try {
    const stat = fstatSync(file);
    if (!stat.isFile() || stat.uid !== folder.uid || (stat.mode & 0o077) !== 0 || stat.size > LARGEST_FILE)
      return undefined;
    const bytes = new Uint8Array(stat.size);
    const length = readSync(file, bytes, 0, bytes.length, 0);
    return new TextDecoder().decode(bytes.subarray(0, length));
  } catch (error) {
    unusable(folder.path, error);
    return undefined;
  } finally {
    closeSync(file);
  }
}

/**
 * Replaces the file in one step, with just this `mode` whatever the umask: a reader sees the old text or the new one. Its modification time is set to `end` (milliseconds since
 * the epoch), when it may be swept away, so that sweeping need not read it. Returns why it could not, if so.
 */
export function replaceFile(
  folder: Folder,
  name: string,
  text: string,
  end: number,
  mode = 0o600,
): Unusable | undefined {
  const temporary = `${folder.path}/${temporaryName()}`;
  let file: number | undefined;
  try {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    file = openSync(temporary, flags, mode);
    fchmodSync(file, mode);
    const bytes = new TextEncoder().encode(text);
    for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
    futimesSync(file, end / 1000, end / 1000);
    closeSync(file);
    file = undefined;
    renameSync(temporary, `${folder.path}/${name}`);
    return undefined;
  } catch (error) {
    if (file !== undefined) closeSync(file);
    removeFile(temporary);
    return unusable(folder.path, error);
  }
}

/** Removes a file that may be gone already, or may not be ours to remove; true when it was there and is gone. */
export function removeFile(path: string): boolean {
  try {
    unlinkSync(path);
    return true;
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return false;
  }
}

/** A name that no process ever used before; a leading dot marks what only its maker needs. */
export function temporaryName(): string {
  return `.${nonce()}`;
}

export function nonce(): string {
  return crypto
    .getRandomValues(new Uint8Array(8))
    .reduce((text, byte) => text + byte.toString(16).padStart(2, '0'), '');
}
