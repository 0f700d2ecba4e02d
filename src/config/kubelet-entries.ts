/** The entries of files with `"matching": "kubelet"`, found as the kubelet's own keyring finds them. */

import type { Reference } from '../image/reference.ts';
import {
  isDefaultRegistryMatch,
  type KubeletKey,
  type KubeletTarget,
  matches,
  matchesHost,
  parseKey,
  parseTarget,
} from '../kubelet/keyring.ts';
import type { Entry, Found, Rule } from './entry.ts';

/** The rule for a key, or the reason why the kubelet skips it. */
export function kubeletRule(pattern: string): Rule | string {
  const key = parseKey(pattern);
  return typeof key === 'string' ? key : { kind: 'kubelet', key };
}

export class KubeletEntries {
  /** By file: the fallback to `index.docker.io` looks at the other keys of the same file. */
  readonly #byFile = new Map<string, Keyed[]>();

  add(entry: Entry, key: KubeletKey): void {
    const entries = this.#byFile.get(entry.file);
    if (entries === undefined) this.#byFile.set(entry.file, [{ entry, key }]);
    else entries.push({ entry, key });
  }

  find({ registry, repository }: Reference): Found {
    const name = `${registry}/${repository}`;
    const found: Found = { entries: [], withPath: [] };
    const target = parseTarget(name);
    if (target === undefined) return found;
    for (const entries of this.#byFile.values()) {
      found.entries.push(...matching(entries, name, target));
      const withPath = entries.filter(({ key }) => key.path !== '' && matchesHost(key, target));
      found.withPath.push(withPath.map(({ entry }) => entry));
    }
    return found;
  }
}

interface Keyed {
  readonly entry: Entry;
  readonly key: KubeletKey;
}

/** https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/credentialprovider/keyring.go, `Lookup` */
function matching(entries: readonly Keyed[], image: string, target: KubeletTarget): Entry[] {
  const found = entries.filter(({ key }) => matches(key, target));
  if (found.length > 0 || !isDefaultRegistryMatch(image)) return found.map(({ entry }) => entry);
  return entries.filter(({ key }) => key.indexKey === 'index.docker.io').map(({ entry }) => entry);
}
