/** Runs what was built, as a user does: the executable, and the portable file under Node. */

import { join } from 'node:path';

const root = join(import.meta.dir, '../..');

export const executable = join(root, 'dist/keyring-credential-provider');
const portable = join(root, 'dist/keyring-credential-provider.mjs');

export interface Carrier {
  readonly name: string;
  readonly command: readonly string[];
}

/** Both forms in which the program is delivered; they must behave alike. */
export const carriers: readonly Carrier[] = [
  { name: 'the executable', command: [executable] },
  { name: 'the portable file under Node', command: ['node', portable] },
];

export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly carrier?: Carrier;
  readonly stdin?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Runs the program with nothing in its environment but PATH and what the test sets. */
export async function runProgram(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const { carrier = carriers[0] as Carrier, stdin = '', env = {}, cwd } = options;
  const child = Bun.spawn([...carrier.command, ...args], {
    stdin: typeof stdin === 'string' ? new TextEncoder().encode(stdin) : stdin,
    stdout: 'pipe',
    stderr: 'pipe',
    env: { PATH: process.env.PATH ?? '', ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, stdout, stderr };
}

/** A request as the kubelet writes it. */
export function requestFor(
  image: string,
  version = 'v1',
  fields: Readonly<Record<string, unknown>> = {},
): string {
  const apiVersion = `credentialprovider.kubelet.k8s.io/${version}`;
  return `${JSON.stringify({ kind: 'CredentialProviderRequest', apiVersion, image, ...fields })}\n`;
}

export interface ProviderResponse {
  readonly kind: string;
  readonly apiVersion: string;
  readonly cacheKeyType: string;
  readonly cacheDuration: string;
  readonly auth: Readonly<Record<string, { username: string; password: string }>>;
}

export function answerOf({ stdout }: Pick<Run, 'stdout'>): ProviderResponse {
  return JSON.parse(stdout) as ProviderResponse;
}
