/**
 * Finds the globs that match a name without trying all of them: by the literal text at their end, then at their beginning,
 * then (where many share both) by the longest literal text in between.
 */

import { AffixMap } from './affix-map.ts';
import type { Glob } from './glob.ts';

interface Indexed<T> {
  readonly glob: Glob;
  readonly value: T;
}

export class GlobIndex<T> {
  readonly #bySuffix = new AffixMap<AffixMap<Bucket<T>>>('end');

  add(glob: Glob, value: T): void {
    const byPrefix = this.#bySuffix.getOrCreate(glob.suffix, () => new AffixMap('start'));
    byPrefix.getOrCreate(glob.prefix, () => new Bucket<T>()).add({ glob, value });
  }

  /** Calls back for each value whose glob matches the name, in no particular order. */
  forEachMatch(name: string, visit: (value: T) => void): void {
    this.#bySuffix.forEachOf(name, byPrefix => {
      byPrefix.forEachOf(name, bucket => {
        bucket.forEachCandidate(name, ({ glob, value }) => {
          if (glob.matches(name)) visit(value);
        });
      });
    });
  }
}

/** Above this many globs with one beginning and one end it pays to look at what stands in between. */
const smallBucket = 8;

class Bucket<T> {
  readonly #all: Indexed<T>[] = [];
  #inner: InnerIndex<T> | undefined;

  add(entry: Indexed<T>): void {
    this.#all.push(entry);
    this.#inner = undefined;
  }

  forEachCandidate(name: string, visit: (entry: Indexed<T>) => void): void {
    if (this.#all.length <= smallBucket) {
      this.#all.forEach(visit);
      return;
    }
    this.#inner ??= new InnerIndex(this.#all);
    this.#inner.forEachCandidate(name, visit);
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

  forEachCandidate(name: string, visit: (entry: Indexed<T>) => void): void {
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
