/** The real process under Node: what the portable file runs on. */

import { writeSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { isatty } from 'node:tty';
import { errorCode, type Input, type Io, type Output } from './io.ts';
import { run } from './run.ts';

const stdin: Input = {
  isTerminal: async () => isatty(0),
  async read(limit) {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of process.stdin) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > limit) return undefined;
    }
    return Buffer.concat(chunks);
  },
};

function output(descriptor: number): Output {
  return {
    async write(text) {
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; ) at += await writeSome(descriptor, bytes.subarray(at));
    },
    isTerminal: async () => isatty(descriptor),
  };
}

/** A full pipe is tried again when its reader had time to empty it. */
async function writeSome(descriptor: number, bytes: Uint8Array): Promise<number> {
  try {
    return writeSync(descriptor, bytes);
  } catch (error) {
    if (errorCode(error) !== 'EAGAIN') throw error;
    await new Promise(resolve => setTimeout(resolve, 1));
    return 0;
  }
}

export const io: Io = {
  env: process.env,
  stdin,
  stdout: output(1),
  stderr: output(2),
  files: {
    read: readFile,
    async stat(path) {
      const found = await stat(path);
      const { mode, uid, gid, size } = found;
      return { mode, uid, gid, size, isDirectory: found.isDirectory() };
    },
    list: readdir,
  },
  uid: process.geteuid?.(),
  now: Date.now,
  run,
};
