/** All entries of a configuration, found by image in the order in which their credentials are to be tried. */

import type { Reference } from '../image/reference.ts';
import {
  isDefaultRegistryMatch,
  type KubeletTarget,
  matches,
  matchesHost,
  parseTarget,
} from '../kubelet/keyring.ts';
import { PatternIndex } from '../pattern/pattern-index.ts';
import { compareSpecificity } from '../pattern/specificity.ts';
import { type Entry, tokensOfRule } from './entry.ts';

export interface Found {
  /** The entries that match the image, most specific first, then in the order in which they were added. */
  readonly entries: Entry[];
  /** In lists: entries whose host part matches the image's host and that have a path, whether or not it matches. */
  readonly withPath: (readonly Entry[])[];
}

export class Matcher {
  readonly #documented = new PatternIndex<Entry>();
  /** By file: the kubelet's fallback to `index.docker.io` looks at the other keys of the same file. */
  readonly #kubelet = new Map<string, Entry[]>();
  readonly #everywhere: Entry[] = [];

  add(entry: Entry): void {
    if (entry.rule.kind === 'documented') this.#documented.add(entry.rule.pattern, entry);
    else if (entry.rule.kind === 'everywhere') this.#everywhere.push(entry);
    else this.#kubeletEntriesOf(entry.file).push(entry);
  }

  #kubeletEntriesOf(file: string): Entry[] {
    let entries = this.#kubelet.get(file);
    if (entries === undefined) {
      entries = [];
      this.#kubelet.set(file, entries);
    }
    return entries;
  }

  find(image: Reference): Found {
    const { values, withPath } = this.#documented.lookup(image);
    const found = [...values, ...this.#everywhere];
    const name = `${image.registry}/${image.repository}`;
    const target = this.#kubelet.size === 0 ? undefined : parseTarget(name);
    for (const entries of target === undefined ? [] : this.#kubelet.values()) {
      found.push(...kubeletMatches(entries, name, target as KubeletTarget));
      withPath.push(entries.filter(entry => hasPathOn(entry, target as KubeletTarget)));
    }
    return { entries: sorted(found), withPath };
  }
}

function sorted(entries: Entry[]): Entry[] {
  if (entries.length < 2) return entries;
  return entries
    .map(entry => ({ entry, tokens: tokensOfRule(entry.rule) }))
    .sort((a, b) => compareSpecificity(a.tokens, b.tokens) || a.entry.order - b.entry.order)
    .map(({ entry }) => entry);
}

/** https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/credentialprovider/keyring.go, `Lookup` */
function kubeletMatches(entries: readonly Entry[], image: string, target: KubeletTarget): Entry[] {
  const found = entries.filter(({ rule }) => rule.kind === 'kubelet' && matches(rule.key, target));
  if (found.length > 0 || !isDefaultRegistryMatch(image)) return found;
  return entries.filter(({ rule }) => rule.kind === 'kubelet' && rule.key.indexKey === 'index.docker.io');
}

function hasPathOn({ rule }: Entry, target: KubeletTarget): boolean {
  return rule.kind === 'kubelet' && rule.key.path !== '' && matchesHost(rule.key, target);
}
