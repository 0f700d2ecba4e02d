/**
 * Finds the globs that match a name without trying all of them: by the literal text at their end, then at their beginning,
 * then (where many share both) by the longest literal text in between.
 */

import { AffixMap } from './affix-map.ts';

/** What the index asks of a glob: its literal texts, and to match. */
export interface IndexedGlob {
  readonly prefix: string;
  readonly suffix: string;
  readonly inner: string;
  matches(name: string): boolean;
}

interface Indexed<T> {
  readonly glob: IndexedGlob;
  readonly value: T;
}

type Visit<T> = (entry: Indexed<T>) => void;

export class GlobIndex<T> {
  readonly #bySuffix = new AffixMap<Indexed<T>>('end');
  /** For the ends that many globs share. Made when an image has such an end: most are never looked at. */
  readonly #byPrefix = new Map<Indexed<T>[], PrefixIndex<T>>();

  add(glob: IndexedGlob, value: T): void {
    this.#bySuffix.add(glob.suffix, { glob, value });
  }

  /** Calls back for each value whose glob matches the name, in no particular order. */
  forEachMatch(name: string, visit: (value: T) => void): void {
    const visitMatch = ({ glob, value }: Indexed<T>): void => {
      if (glob.matches(name)) visit(value);
    };
    this.#bySuffix.forEachOf(name, entries => {
      if (entries.length <= few) entries.forEach(visitMatch);
      else this.#prefixIndexOf(entries).forEachCandidate(name, visitMatch);
    });
  }

  #prefixIndexOf(entries: Indexed<T>[]): PrefixIndex<T> {
    const known = this.#byPrefix.get(entries);
    if (known?.size === entries.length) return known;
    const made = new PrefixIndex(entries);
    this.#byPrefix.set(entries, made);
    return made;
  }
}

/** Up to this many globs are tried one by one. */
const few = 8;

class PrefixIndex<T> {
  /** How many entries it was made of. */
  readonly size: number;
  readonly #byPrefix = new AffixMap<Indexed<T>>('start');
  readonly #inner = new Map<Indexed<T>[], InnerIndex<T>>();

  constructor(entries: readonly Indexed<T>[]) {
    this.size = entries.length;
    for (const entry of entries) this.#byPrefix.add(entry.glob.prefix, entry);
  }

  forEachCandidate(name: string, visit: Visit<T>): void {
    this.#byPrefix.forEachOf(name, entries => {
      if (entries.length <= few) entries.forEach(visit);
      else this.#innerIndexOf(entries).forEachCandidate(name, visit);
    });
  }

  #innerIndexOf(entries: Indexed<T>[]): InnerIndex<T> {
    let inner = this.#inner.get(entries);
    if (inner === undefined) {
      inner = new InnerIndex(entries);
      this.#inner.set(entries, inner);
    }
    return inner;
  }
}

/** The longest gram that announces a literal text. */
const gramLength = 4;

class InnerIndex<T> {
  readonly #withoutText: Indexed<T>[] = [];
  readonly #byText = new Map<string, Indexed<T>[]>();
  /** The lengths of the texts that begin with a gram, so that only these are looked up where the gram occurs. */
  readonly #lengths = new Map<string, number[]>();
  readonly #gramLengths: number[] = [];

  constructor(entries: readonly Indexed<T>[]) {
    for (const entry of entries) {
      const text = entry.glob.inner;
      const known = this.#byText.get(text);
      if (text === '') this.#withoutText.push(entry);
      else if (known !== undefined) known.push(entry);
      else this.#addText(text, entry);
    }
  }

  #addText(text: string, entry: Indexed<T>): void {
    this.#byText.set(text, [entry]);
    const gram = text.slice(0, gramLength);
    if (!this.#gramLengths.includes(gram.length)) this.#gramLengths.push(gram.length);
    const lengths = this.#lengths.get(gram);
    if (lengths === undefined) this.#lengths.set(gram, [text.length]);
    else if (!lengths.includes(text.length)) lengths.push(text.length);
  }

  forEachCandidate(name: string, visit: Visit<T>): void {
    this.#withoutText.forEach(visit);
    const seen = new Set<string>();
    for (const length of this.#gramLengths) {
      for (let at = 0; at + length <= name.length; at += 1) {
        for (const textLength of this.#lengths.get(name.slice(at, at + length)) ?? []) {
          const text = name.slice(at, at + textLength);
          const found = seen.has(text) ? undefined : this.#byText.get(text);
          if (found === undefined) continue;
          seen.add(text);
          found.forEach(visit);
        }
      }
    }
  }
}
