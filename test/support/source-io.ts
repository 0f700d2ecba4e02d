/** An Io with real files and a chosen environment, for code that only reads files, variables and the clock. */

import { readdir, readFile, stat } from 'node:fs/promises';
import type { Io, Output } from '../../src/io/io.ts';

/** Anything that the code under test prints is an error: sources never print. */
const silent: Output = {
  write: text => Promise.reject(new Error(`unexpected output of ${text.length} characters`)),
  isTerminal: () => Promise.resolve(false),
};

export function sourceIo(env: Record<string, string | undefined>, over: Partial<Io> = {}): Io {
  return {
    env,
    stdin: { isTerminal: () => Promise.resolve(false), read: () => Promise.resolve(new Uint8Array()) },
    stdout: silent,
    stderr: silent,
    files: {
      read: path => readFile(path),
      list: path => readdir(path),
      stat: async path => {
        const { mode, uid, gid, size, isDirectory } = await stat(path).then(found => ({
          ...found,
          isDirectory: found.isDirectory(),
        }));
        return { mode, uid, gid, size, isDirectory };
      },
    },
    uid: process.getuid?.(),
    now: () => Date.now(),
    run: () => Promise.reject(new Error('no program may be started here')),
    ...over,
  };
}
