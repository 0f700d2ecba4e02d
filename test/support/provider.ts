/** A folder with a plugin and the CredentialProviderConfig that names it, as a node has them. */

import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Credential,
  type Kubelet,
  type KubeletVersion,
  type ServiceAccount,
  startKubelet,
} from './harness.ts';

/** What the kubelet writes to a plugin's stdin. */
export interface PluginRequest {
  readonly kind: string;
  readonly apiVersion: string;
  readonly image: string;
  readonly serviceAccountToken?: string;
  readonly serviceAccountAnnotations?: Readonly<Record<string, string>>;
}

export const apiVersion = 'credentialprovider.kubelet.k8s.io/v1';

/** Matches every image of the tests: hosts of one to five labels, with the ports that the tests use. */
export const anyImage: readonly string[] = ['', ':80', ':443', ':5000'].flatMap(port => {
  return ['*', '*.*', '*.*.*', '*.*.*.*', '*.*.*.*.*', '*.*.*.*.*.*'].map(host => host + port);
});

export class Provider implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'provider-'));
  readonly binDir = join(this.folder, 'bin');
  readonly config = join(this.folder, 'credential-provider-config.json');
  readonly #plugins: readonly string[];
  readonly #requests = join(this.folder, 'requests');

  /**
   * Installs a plugin: a shell script that finds the request on its stdin and the provider's args in `"$@"`.
   * `entries` says what is special about the entries of the configuration, `configVersion` its version.
   */
  constructor(script: string, entries: object | readonly object[] = {}, configVersion = 'v1') {
    mkdirSync(this.binDir);
    const providers = [entries].flat().map(entry => {
      return { name: 'plugin', matchImages: anyImage, defaultCacheDuration: '0s', apiVersion, ...entry };
    });
    this.#plugins = providers.map(({ name }) => join(this.binDir, name));
    this.script = script;
    const head = { kind: 'CredentialProviderConfig', apiVersion: `kubelet.config.k8s.io/${configVersion}` };
    writeFileSync(this.config, JSON.stringify({ ...head, providers }));
  }

  /** Replaces the plugin, as an upgrade does. */
  set script(script: string) {
    for (const path of this.#plugins) {
      writeFileSync(path, `#!/bin/sh\ntee -a '${this.#requests}' | { ${script}\n}\n`);
      chmodSync(path, 0o755);
    }
  }

  /** What the plugin has been asked so far, in the order of the starts. */
  get requests(): PluginRequest[] {
    if (!existsSync(this.#requests)) return [];
    return readFileSync(this.#requests, 'utf8')
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line));
  }

  /** Starts kubelet code with this configuration. */
  async start(version: KubeletVersion, serviceAccounts: readonly ServiceAccount[] = []): Promise<Kubelet> {
    const kubelet = await startKubelet(version);
    const error = await kubelet.register(this.config, this.binDir, serviceAccounts);
    if (error !== undefined) throw new Error(error);
    return kubelet;
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true });
  }
}

/** A plugin that answers this text. */
export function says(text: string): string {
  return `cat >/dev/null; cat <<'ANSWER'\n${text}\nANSWER`;
}

/** A plugin that answers with these credentials, the user's name being the key, and changes to the response. */
export function answers(keys: readonly string[], response: object = {}): string {
  const auth = Object.fromEntries(keys.map(key => [key, { username: key, password: 'p' }]));
  return says(
    JSON.stringify({
      kind: 'CredentialProviderResponse',
      apiVersion,
      cacheKeyType: 'Image',
      auth,
      ...response,
    }),
  );
}

/** The plugin of this project with its own configuration, and how it is called by hand. */
export class Keyring extends Provider {
  readonly #command: readonly string[];

  constructor(executable: string, keyringConfig: object, entries: object = {}, configVersion = 'v1') {
    super('true', entries, configVersion);
    const path = join(this.folder, 'keyring.json');
    writeFileSync(path, JSON.stringify({ cache: { enabled: false }, ...keyringConfig }), { mode: 0o600 });
    this.#command = [executable, '--config', path];
    this.script = `exec '${executable}' --config '${path}'`;
  }

  /** What a fresh run answers for a repository: auth keys and their credentials. */
  async answer(image: string): Promise<Readonly<Record<string, Credential>>> {
    const request = { kind: 'CredentialProviderRequest', apiVersion, image };
    const run = Bun.spawn([...this.#command], {
      stdin: Buffer.from(JSON.stringify(request)),
      stdout: 'pipe',
    });
    const response = (await new Response(run.stdout).json()) as { auth: Record<string, Credential> };
    return response.auth;
  }
}
