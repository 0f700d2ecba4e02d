/** User names and passwords that stand in the configuration, in files or in the environment. */

import { decodeAuth, staticForm } from '../config/auth.ts';
import { resolvePath } from '../config/path.ts';
import { Fault } from '../fault.ts';
import { errorCode, type Io } from '../io/io.ts';
import type { Source, SourceRequest } from './source.ts';

const secretLimit = 1024 * 1024;

export const staticSource: Source = {
  async identify({ options }) {
    const { auth, username, usernameFile } = options;
    const user = auth ? decodeAuth(String(auth))?.username : username;
    return {
      who: user === undefined ? `user named in ${usernameFile ?? 'a token'}` : `user ${user}`,
      scope: '',
    };
  },

  async fetch(request, io) {
    const { options } = request;
    if (staticForm(options) === 'token only') {
      throw new Fault(
        'token-not-supported',
        'the entry holds only an identity or registry token',
        "the kubelet's API carries user names and passwords alone: store a password or a robot account instead",
      );
    }
    const decoded = options.auth ? decodeAuth(String(options.auth)) : undefined;
    if (decoded !== undefined) return decoded;
    return { username: await usernameOf(request, io), password: await passwordOf(request, io) };
  },
};

async function usernameOf(request: SourceRequest, io: Io): Promise<string> {
  const { username, usernameFile } = request.options;
  return username === undefined ? readSecret(String(usernameFile), request, io) : String(username);
}

async function passwordOf(request: SourceRequest, io: Io): Promise<string> {
  const { password, passwordFile, passwordEnv } = request.options;
  if (password !== undefined) return String(password);
  if (passwordFile !== undefined) return readSecret(String(passwordFile), request, io);
  const name = String(passwordEnv);
  const value = io.env[name];
  if (value) return value;
  const state = value === undefined ? 'not set' : 'empty';
  throw new Fault(
    'missing-variable',
    `the environment variable ${name} is ${state}`,
    `set it in "env" of the kubelet's provider`,
  );
}

/** The content of a file without one trailing line break. */
async function readSecret(path: string, { directory }: SourceRequest, io: Io): Promise<string> {
  const file = resolvePath(path, directory);
  const text = decode(file, await readBytes(file, io)).replace(/\r?\n$/, '');
  if (text === '') throw new Fault('empty-secret', `${file} is empty`, 'write the secret into it');
  return text;
}

async function readBytes(file: string, io: Io): Promise<Uint8Array> {
  try {
    if ((await io.files.stat(file)).size > secretLimit) {
      throw new Fault(
        'unreadable-secret',
        `${file} is larger than 1 MiB`,
        'name the file that holds the secret',
      );
    }
    return await io.files.read(file);
  } catch (error) {
    if (error instanceof Fault) throw error;
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new Fault(
        'missing-secret',
        `${file} does not exist`,
        'create it, or correct the path in the configuration',
      );
    }
    throw new Fault(
      'unreadable-secret',
      `${file} cannot be read`,
      `make it a file that root can read (${code ?? 'unknown error'})`,
    );
  }
}

function decode(file: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Fault('unreadable-secret', `${file} is not UTF-8 text`, 'write the secret into it as text');
  }
}
