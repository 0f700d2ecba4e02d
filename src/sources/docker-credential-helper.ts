/**
 * Credentials from docker's credential helpers, programs that speak a small protocol on stdin and stdout:
 * https://github.com/docker/docker-credential-helpers#development
 */

import { Fault } from '../fault.ts';
import { errorCode, type Io, type RunResult } from '../io/io.ts';
import { isObject } from '../json.ts';
import { dockerHubNames } from '../pattern/pattern.ts';
import type { Credential, Source, SourceRequest } from './source.ts';

const outputLimit = 1024 * 1024;
/** What docker stores its Docker Hub credentials under. */
const dockerHubServer = 'https://index.docker.io/v1/';
/** https://github.com/docker/docker-credential-helpers/blob/master/credentials/error.go */
const notFound = 'credentials not found in native keychain';
/** The user name that marks an identity token. */
const tokenUser = '<token>';

export const dockerCredentialHelper: Source = {
  async identify({ options, host }) {
    return { who: programOf(options), scope: host };
  },

  async fetch(request, io) {
    const program = programOf(request.options);
    const { code, stdout, outcome } = await runHelper(program, request, io);
    if (outcome === 'aborted')
      throw new Fault('helper-timeout', `${program} did not answer in time`, 'run it by hand');
    if (outcome === 'too much output') {
      throw new Fault(
        'helper-output',
        `${program} wrote more than 1 MiB`,
        'check that it is a docker credential helper',
      );
    }
    if (outcome === 'no text') {
      throw new Fault(
        'helper-output',
        `${program} wrote what is not UTF-8 text`,
        'store the credential anew',
      );
    }
    if (code !== 0) {
      if (stdout.trim() === notFound) return undefined;
      const how = code === undefined ? 'was ended by a signal' : `failed with exit code ${code}`;
      throw new Fault(
        'helper-failed',
        `${program} ${how}`,
        `run: echo ${serverOf(request.host)} | ${program} get`,
      );
    }
    return read(program, stdout);
  },
};

function programOf(options: SourceRequest['options']): string {
  return `docker-credential-${options.helper}`;
}

function serverOf(host: string): string {
  return dockerHubNames.includes(host) ? dockerHubServer : host;
}

async function runHelper(program: string, { host, deadline }: SourceRequest, io: Io): Promise<RunResult> {
  try {
    return await io.run({
      program,
      args: ['get'],
      input: `${serverOf(host)}\n`,
      signal: deadline.signal(),
      limit: outputLimit,
    });
  } catch (error) {
    const code = errorCode(error) ?? 'unknown error';
    if (code !== 'ENOENT')
      throw new Fault('helper-failed', `${program} cannot be run`, `make it executable (${code})`);
    const hint = "install it in a folder of the kubelet's PATH";
    throw new Fault('helper-not-found', `there is no program ${program}`, hint);
  }
}

function read(program: string, stdout: string): Credential {
  const answer = parse(stdout);
  if (!isObject(answer) || typeof answer.Username !== 'string' || typeof answer.Secret !== 'string') {
    const hint = 'it must print {"ServerURL":…,"Username":…,"Secret":…}; run it by hand';
    throw new Fault('helper-output', `${program} printed no credential`, hint);
  }
  if (answer.Username === tokenUser) {
    throw new Fault(
      'token-not-supported',
      `${program} holds an identity token for this registry`,
      "the kubelet's API carries user names and passwords alone: log in with a password or a robot account",
    );
  }
  return { username: answer.Username, password: answer.Secret };
}

function parse(stdout: string): unknown {
  try {
    return JSON.parse(stdout);
  } catch {
    return undefined;
  }
}
