/** An entry: one pattern of a configuration with one credential behind it. */

import type { KubeletKey } from '../kubelet/keyring.ts';
import { type Token, tokenize } from '../pattern/glob.ts';
import { type Pattern, tokensOf } from '../pattern/pattern.ts';
import type { SourceType } from './fields.ts';
import type { CredentialShape } from './shape.ts';

/** What the entries of one object of a file have in common. */
export interface Section {
  readonly file: string;
  /** The JSON path of a pattern's credential; `index` where it stands in a list. */
  placeOf(pattern: string, index?: number): string;
  ruleOf(pattern: string): Rule;
  sourceOf(credential: CredentialShape): ConfiguredSource;
}

/**
 * Of ten thousand entries a run looks at a few: so what can be told from the file at any time is told when it is asked for.
 * Pattern and credential have been checked before.
 */
export class Entry {
  /** As written in the file. */
  readonly pattern: string;
  /** Its place among all entries; of two equally specific ones the lower is tried first. */
  readonly order: number;
  private readonly section: Section;
  private readonly credential: CredentialShape;
  private readonly index: number | undefined;

  /** `index`: where the credential stands in a list, if it stands in one. */
  constructor(
    section: Section,
    pattern: string,
    index: number | undefined,
    credential: CredentialShape,
    order: number,
  ) {
    this.section = section;
    this.pattern = pattern;
    this.index = index;
    this.credential = credential;
    this.order = order;
  }

  get file(): string {
    return this.section.file;
  }

  /** The JSON path of the credential in its file. */
  get place(): string {
    return this.section.placeOf(this.pattern, this.index);
  }

  get rule(): Rule {
    return this.section.ruleOf(this.pattern);
  }

  get source(): ConfiguredSource {
    return this.section.sourceOf(this.credential);
  }
}

/** What stands before the host in a URL with a user, which may hold a password. */
const userinfo = /^(\w+:\/\/)?[^/@]*@/;

/** Places such as `auths["*.io"][1]` in an object at a path, which is empty where the file itself is that object. */
export function placesIn(path: string): Section['placeOf'] {
  return (pattern, index) => {
    const place = `${path}[${JSON.stringify(pattern.replace(userinfo, '$1…@'))}]`;
    return index === undefined ? place : `${place}[${index}]`;
  };
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
