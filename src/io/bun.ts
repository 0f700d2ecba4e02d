/** The real process under Bun, by Bun's own calls: `node:fs` and `process.stdout` cost more than a whole answer. */

import type { Files, Input, Io, Output } from './io.ts';
import { run } from './run.ts';

const stdin: Input = {
  isTerminal: () => isTerminal(0),
  async read(limit) {
    const bytes = await Bun.stdin.slice(0, limit + 1).bytes();
    return bytes.length > limit ? undefined : bytes;
  },
};

function output(file: Bun.BunFile, descriptor: number): Output {
  return {
    async write(text) {
      await Bun.write(file, text);
    },
    isTerminal: () => isTerminal(descriptor),
  };
}

async function isTerminal(descriptor: number): Promise<boolean> {
  const { isatty } = await import('node:tty');
  return isatty(descriptor);
}

const files: Files = {
  read: path => Bun.file(path).bytes(),
  async stat(path) {
    const stat = await Bun.file(path).stat();
    return {
      mode: stat.mode,
      uid: stat.uid,
      gid: stat.gid,
      size: stat.size,
      isDirectory: stat.isDirectory(),
    };
  },
  async list(path) {
    const { readdir } = await import('node:fs/promises');
    return readdir(path);
  },
};

export const io: Io = {
  env: process.env,
  stdin,
  stdout: output(Bun.stdout, 1),
  stderr: output(Bun.stderr, 2),
  files,
  uid: process.geteuid?.(),
  now: Date.now,
  run,
};
