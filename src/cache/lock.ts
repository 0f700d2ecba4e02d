/**
 * One process at a time for a name, without any native code: a lock that the kernel opens when its holder dies.
 *
 * A lock is a folder `NAME.lock` that holds one listening unix socket, called by a nonce. Who wants it makes a folder of its own with
 * its own socket in it, already listening, and renames that folder to `NAME.lock`.
 *
 * Why at most one process holds it:
 * - rename(2) of a folder onto another one succeeds only when that one is empty or missing, in one step (POSIX; the kernel does it
 *   under the parent's lock). So a lock in which a socket lies cannot be taken, and of many who try only one succeeds.
 * - A lock becomes empty in two ways: its holder unlinks its own socket, or another process, whose connection to that socket was
 *   refused, unlinks it. That proves the holder gone: it listened before its socket could be seen, the kernel stops listening
 *   only when the holder says so or ends, and no process can listen on an old socket file again. (A full queue of those who
 *   connect is no proof; liveness.ts tells the two apart.)
 * - A slow process cannot unlink the wrong socket. It unlinks the very path that it probed, with the nonce in it, and nonces do not
 *   come back. Whether one or ten processes clear away a dead holder makes no difference. That is what usual lock files with a
 *   process id get wrong: two see it stale, the second one removes the first one's new lock.
 *
 * Why nobody waits for the dead: waiters hold a connection, which the kernel ends together with the holder, whatever killed it
 * (SIGKILL, the OOM killer, a crash), at once and without polling. Process ids take no part, so a reused one, another pid namespace
 * or a missing /proc mean nothing. A stopped or hanging holder counts as alive; waiters bound their patience themselves.
 *
 * Why there is no stampede: all waiters wake together, but one rename succeeds, and the others connect to the winner.
 *
 * Where a folder cannot hold sockets, or a path is too long for one (108 bytes, without /proc to shorten it), there is no lock:
 * the caller goes on alone. A folder shared by machines over a network gives no exclusion between them, only within each.
 */

import { closeSync, constants, mkdirSync, openSync, readdirSync, renameSync, rmdirSync } from 'node:fs';
import { errorCode } from '../io/io.ts';
import { type Folder, nonce, removeFile, temporaryName, type Unusable, unusable } from './folder.ts';
import { listen, type StopListening, type Watch, watch } from './liveness.ts';

export type Attempt = Held | Busy | Unusable;

export interface Held {
  /** Names this holding of the lock among all that ever were. */
  readonly flight: string;
  /** Gives it back; a second time does nothing. */
  release(): void;
}

export interface Busy {
  readonly watch: Watch;
}

const MOST_TRIES = 200;
const PAUSE = 20;
/** sun_path of [unix(7)](https://man7.org/linux/man-pages/man7/unix.7.html) less its final zero byte; macOS has 104. */
const LONGEST_SOCKET_PATH = 103;

/**
 * Takes the lock, or watches who has it, or says why there cannot be one. Never waits for its holder.
 * `seen` gets the `flight` of every process that had it meanwhile, also of one that gave it back before it could be watched.
 */
export async function takeLock(folder: Folder, name: string, seen: Set<string>): Promise<Attempt> {
  let candidate: Candidate | undefined;
  try {
    const lock = `${folder.path}/${name}.lock`;
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const holder = holderOf(lock);
      if (holder !== undefined) {
        seen.add(holder);
        const sign = await withShortPath(folder, `${name}.lock/${holder}`, watch);
        if (sign === 'unsure') await new Promise(resolve => setTimeout(resolve, PAUSE));
        else if (sign !== undefined) return { watch: sign };
        else removeFile(`${lock}/${holder}`);
        continue;
      }
      candidate ??= await makeCandidate(folder);
      if (moved(candidate.folder, lock)) {
        const { flight, stop } = candidate;
        candidate = undefined;
        return { flight, release: once(() => release(lock, flight, stop)) };
      }
    }
    return { reason: `${lock} is wanted by too many` };
  } catch (error) {
    return unusable(folder.path, error);
  } finally {
    if (candidate !== undefined) release(candidate.folder, candidate.flight, candidate.stop);
  }
}

interface Candidate {
  readonly folder: string;
  readonly flight: string;
  readonly stop: StopListening;
}

async function makeCandidate(folder: Folder): Promise<Candidate> {
  const name = temporaryName();
  const flight = nonce();
  const path = `${folder.path}/${name}`;
  mkdirSync(path, { mode: 0o700 });
  try {
    const stop = await withShortPath(folder, `${name}/${flight}`, listen);
    return { folder: path, flight, stop };
  } catch (error) {
    removeFolder(path);
    throw error;
  }
}

function holderOf(lock: string): string | undefined {
  try {
    return readdirSync(lock)[0];
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function moved(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return false;
    throw error;
  }
}

/** The socket goes before the listening ends, so that nobody finds a lock that looks dead although it was given back. */
function release(folder: string, flight: string, stop: StopListening): void {
  removeFile(`${folder}/${flight}`);
  removeFolder(folder);
  stop();
}

function once(act: () => void): () => void {
  let done = false;
  return () => {
    if (!done) act();
    done = true;
  };
}

/** Only succeeds on an empty folder, so the next holder's is safe. */
function removeFolder(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
  }
}

async function withShortPath<T>(folder: Folder, name: string, use: (path: string) => Promise<T>): Promise<T> {
  const path = `${folder.path}/${name}`;
  if (new TextEncoder().encode(path).length <= LONGEST_SOCKET_PATH) return await use(path);
  const descriptor = openSync(folder.path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    return await use(`/proc/self/fd/${descriptor}/${name}`);
  } finally {
    closeSync(descriptor);
  }
}
