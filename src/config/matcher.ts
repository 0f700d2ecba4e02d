/** All entries of a configuration, found by image in the order in which their credentials are to be tried. */

import type { Reference } from '../image/reference.ts';
import { PatternIndex } from '../pattern/pattern-index.ts';
import { compareSpecificity } from '../pattern/specificity.ts';
import { type Entry, type Found, type Rule, tokensOfRule } from './entry.ts';
import type { KubeletEntries } from './kubelet-entries.ts';

export class Matcher {
  /** Set before an entry with the kubelet's rules is added; few configurations have one. */
  kubelet: KubeletEntries | undefined;
  readonly #documented = new PatternIndex<Entry>();
  readonly #everywhere: Entry[] = [];

  /** `rule` is undefined for an entry with a simple pattern. */
  add(entry: Entry, rule: Rule | undefined): void {
    if (rule === undefined) this.#documented.addSimple(entry.pattern, entry);
    else if (rule.kind === 'documented') this.#documented.add(rule.pattern, entry);
    else if (rule.kind === 'everywhere') this.#everywhere.push(entry);
    else this.kubelet?.add(entry, rule.key);
  }

  find(image: Reference): Found {
    const { values, withPath } = this.#documented.lookup(image);
    const kubelet = this.kubelet?.find(image) ?? { entries: [], withPath: [] };
    return {
      entries: sorted([...values, ...kubelet.entries, ...this.#everywhere]),
      withPath: [...withPath, ...kubelet.withPath],
    };
  }
}

function sorted(entries: Entry[]): Entry[] {
  if (entries.length < 2) return entries;
  return entries
    .map(entry => ({ entry, tokens: tokensOfRule(entry.rule) }))
    .sort((a, b) => compareSpecificity(a.tokens, b.tokens) || a.entry.order - b.entry.order)
    .map(({ entry }) => entry);
}
