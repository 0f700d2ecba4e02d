/** A map whose keys are the beginnings (or the ends) of names: finds all keys that a name starts (or ends) with. */

export class AffixMap<V> {
  readonly #side: 'start' | 'end';
  readonly #values = new Map<string, V[]>();
  /** The lengths of all affixes: one hash look-up for each length, however many affixes there are. */
  readonly #lengths = new Set<number>();

  constructor(side: 'start' | 'end') {
    this.#side = side;
  }

  add(affix: string, value: V): void {
    const known = this.#values.get(affix);
    if (known !== undefined) {
      known.push(value);
      return;
    }
    this.#values.set(affix, [value]);
    this.#lengths.add(affix.length);
  }

  /** Calls back with the values of every affix of the name, the empty one included. */
  forEachOf(name: string, visit: (values: V[]) => void): void {
    for (const length of this.#lengths) {
      if (length > name.length) continue;
      const affix = this.#side === 'start' ? name.slice(0, length) : name.slice(name.length - length);
      const values = this.#values.get(affix);
      if (values !== undefined) visit(values);
    }
  }
}
