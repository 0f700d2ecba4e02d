/** An entry: one pattern of a configuration with one credential behind it. */

import type { KubeletKey } from '../kubelet/keyring.ts';
import { type Token, tokenize } from '../pattern/glob.ts';
import { type Pattern, tokensOf } from '../pattern/pattern.ts';
import type { SourceType } from './fields.ts';

export interface Entry {
  /** As written in the file. */
  readonly pattern: string;
  readonly rule: Rule;
  readonly file: string;
  /** The JSON path of the credential in its file. */
  readonly place: string;
  readonly source: ConfiguredSource;
  /** Its place among all entries; of two equally specific ones the lower is tried first. */
  readonly order: number;
}

/** What a search by image gives. */
export interface Found {
  /** The entries that match the image, most specific first, then in the order in which they were added. */
  readonly entries: Entry[];
  /** In lists: entries whose host part matches the image's host and that have a path, whether or not it matches. */
  readonly withPath: (readonly Entry[])[];
}

/** How an entry finds its images: by the documented grammar, by the kubelet's own rules, or everywhere (`credsStore`). */
export type Rule =
  | { readonly kind: 'documented'; readonly pattern: Pattern }
  | { readonly kind: 'kubelet'; readonly key: KubeletKey }
  | { readonly kind: 'everywhere' };

export interface ConfiguredSource {
  readonly type: SourceType;
  /** The name of its entry in `sources`, where it has one. */
  readonly name?: string;
  readonly options: Readonly<Record<string, string | boolean>>;
  /** The folder that relative paths in the options start from. */
  readonly directory: string;
}

/** The tokens by which entries are ordered; none for `credsStore`, so that it comes last. */
export function tokensOfRule(rule: Rule): Token[] {
  if (rule.kind === 'documented') return tokensOf(rule.pattern);
  if (rule.kind === 'everywhere') return [];
  const { indexKey } = rule.key;
  const slash = indexKey.indexOf('/');
  const host = slash < 0 ? indexKey : indexKey.slice(0, slash);
  return tokenize(
    `${host.replace(/[?[\\]/g, '\\$&')}${indexKey.slice(host.length).replace(/[*?[\\]/g, '\\$&')}`,
  );
}

/** Whether the entry spells its host out, which is where a cloud's token may leave that cloud's own hosts. */
export function hasLiteralHost(rule: Rule): boolean {
  if (rule.kind === 'documented') return rule.pattern.literalHost;
  return rule.kind === 'kubelet' && !tokensOfRule(rule).some(token => token.kind === 'star');
}
