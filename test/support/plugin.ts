/** The built plugin, run as the kubelet runs it. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dir, '../..');
const executable = join(root, 'dist/keyring-credential-provider');

/** What the product is shipped as, with the command that starts it. */
export const carriers: readonly (readonly [string, readonly string[]])[] = [
  ['the executable', [executable]],
  ['the portable file on Node', ['node', `${executable}.mjs`]],
];

export interface Run {
  readonly image: string;
  readonly config: object;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Outcome {
  readonly code: number;
  readonly stderr: string;
  readonly stdout: string;
  /** Of a successful run. */
  readonly response:
    | {
        readonly cacheKeyType: string;
        readonly cacheDuration: string;
        readonly auth: Readonly<Record<string, { readonly username: string; readonly password: string }>>;
      }
    | undefined;
}

/** Brings dist/ up to date with the sources. */
export async function buildPlugin(): Promise<void> {
  const build = Bun.spawn([process.execPath, join(root, 'scripts/build.ts'), '--if-needed'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if ((await build.exited) !== 0) throw new Error('the build failed');
}

/** One run with a configuration file of its own and no other environment than the one given. */
export async function runPlugin(command: readonly string[], { image, config, env }: Run): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), 'keyring-plugin-'));
  try {
    const file = join(folder, 'config.json');
    await writeFile(file, JSON.stringify(config), { mode: 0o600 });
    const request = {
      apiVersion: 'credentialprovider.kubelet.k8s.io/v1',
      kind: 'CredentialProviderRequest',
      image,
    };
    const child = Bun.spawn([...command, '--config', file], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder, KEYRING_CACHE_DIR: join(folder, 'cache'), ...env },
      stdio: [new TextEncoder().encode(JSON.stringify(request)), 'pipe', 'pipe'],
    });
    const stdout = await new Response(child.stdout).text();
    const stderr = await new Response(child.stderr).text();
    const code = await child.exited;
    return { code, stdout, stderr, response: code === 0 ? JSON.parse(stdout) : undefined };
  } finally {
    await rm(folder, { recursive: true });
  }
}
