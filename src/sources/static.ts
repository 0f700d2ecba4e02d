/** User names and passwords that stand in the configuration, in files or in the environment. */

import { decodeAuth, staticForm } from '../config/auth.ts';
import { Fault } from '../fault.ts';
import type { Io } from '../io/io.ts';
import { readSecret } from './secret-file.ts';
import type { Source, SourceRequest } from './source.ts';

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
  return username === undefined ? readSecret(String(usernameFile), request.directory, io) : String(username);
}

async function passwordOf(request: SourceRequest, io: Io): Promise<string> {
  const { password, passwordFile, passwordEnv } = request.options;
  if (password !== undefined) return String(password);
  if (passwordFile !== undefined) return readSecret(String(passwordFile), request.directory, io);
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
