/** A map whose keys are the beginnings (or the ends) of names: finds all keys that a name starts (or ends) with. */

export class AffixMap<V> {
  readonly #side: 'start' | 'end';
  /** By the length of the affix: one hash look-up for each length, however many affixes there are. */
  readonly #byLength = new Map<number, Map<string, V>>();

  constructor(side: 'start' | 'end') {
    this.#side = side;
  }

  getOrCreate(affix: string, create: () => V): V {
    let values = this.#byLength.get(affix.length);
    if (values === undefined) {
      values = new Map();
      this.#byLength.set(affix.length, values);
    }
    let value = values.get(affix);
    if (value === undefined) {
      value = create();
      values.set(affix, value);
    }
    return value;
  }

  /** Calls back for every affix of the name, the empty one included. */
  forEachOf(name: string, visit: (value: V) => void): void {
    for (const [length, values] of this.#byLength) {
      if (length > name.length) continue;
      const affix = this.#side === 'start' ? name.slice(0, length) : name.slice(name.length - length);
      const value = values.get(affix);
      if (value !== undefined) visit(value);
    }
  }
}
