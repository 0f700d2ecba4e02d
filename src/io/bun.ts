/** The real process under Bun, by Bun's own calls: `node:fs` and `process.stdout` cost more than a whole answer. */

import type { Files, Input, Io, Output } from './io.ts';
import { run } from './run.ts';

const stdin: Input = {
  isTerminal: () => isTerminal(Bun.stdin, 0),
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
    isTerminal: () => isTerminal(file, descriptor),
  };
}

const fileType = 0o170000;
const characterDevice = 0o020000;

/** A pipe or a file is told by its mode: to load `node:tty` for it costs half of a whole answer. */
async function isTerminal(file: Bun.BunFile, descriptor: number): Promise<boolean> {
  const mode = await file.stat().then(
    stat => stat.mode,
    () => 0,
  );
  if ((mode & fileType) !== characterDevice) return false;
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
