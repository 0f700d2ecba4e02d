/** The built plugin, run as the kubelet runs it, with a configuration and a token cache of its own. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  answerOf,
  type Carrier,
  type ProviderResponse,
  type Run,
  requestFor,
  runProgram,
} from './executable.ts';

export interface PluginRun {
  readonly image: string;
  readonly config: object;
  readonly env?: Readonly<Record<string, string>>;
}

/** `response` is there after a successful run. */
export type PluginOutcome = Run & { readonly response: ProviderResponse | undefined };

export async function runPlugin(carrier: Carrier, { image, config, env }: PluginRun): Promise<PluginOutcome> {
  const folder = await mkdtemp(join(tmpdir(), 'keyring-plugin-'));
  try {
    const file = join(folder, 'config.json');
    await writeFile(file, JSON.stringify(config), { mode: 0o600 });
    const result = await runProgram(['--config', file], {
      carrier,
      stdin: requestFor(image),
      env: { HOME: folder, KEYRING_CACHE_DIR: join(folder, 'cache'), ...env },
      cwd: folder,
    });
    return { ...result, response: result.code === 0 ? answerOf(result) : undefined };
  } finally {
    await rm(folder, { recursive: true });
  }
}
