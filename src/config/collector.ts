/** Gathers entries with what is wrong with them: findings stop the run, notices only leave something out. */

import { Fault } from '../fault.ts';
import { parsePattern } from '../pattern/pattern.ts';
import type { ConfiguredSource, Rule } from './entry.ts';
import { Matcher } from './matcher.ts';
import type { FileFinding } from './read.ts';

/** A file and a JSON path in it. */
export interface Place {
  readonly file: string;
  readonly path: string;
}

/** The place of a key inside the value at a place. */
export function at(place: Place, key: string): Place {
  return key === '' ? place : { file: place.file, path: `${place.path}.${key}` };
}

export class Collector {
  readonly matcher = new Matcher();
  readonly findings: FileFinding[] = [];
  readonly notices: FileFinding[] = [];
  #count = 0;

  add(pattern: string, rule: Rule, place: Place, source: ConfiguredSource): void {
    const order = this.#count++;
    this.matcher.add({ pattern, rule, file: place.file, place: place.path, source, order });
  }

  find(place: Place, problem: string): void {
    this.findings.push({ ...place, problem });
  }

  notice(place: Place, problem: string): void {
    this.notices.push({ ...place, problem });
  }

  /** The rule for a pattern by the documented grammar; a malformed one is reported through `report`. */
  documented(
    pattern: string,
    place: Place,
    report: (place: Place, problem: string) => void,
  ): Rule | undefined {
    try {
      return { kind: 'documented', pattern: parsePattern(pattern) };
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      report(place, error.message);
      return undefined;
    }
  }

  /** The rule for a key by the kubelet's own rules, which skip what they cannot parse. */
  async kubelet(pattern: string, place: Place): Promise<Rule | undefined> {
    const { KubeletEntries, kubeletRule } = await import('./kubelet-entries.ts');
    this.matcher.kubelet ??= new KubeletEntries();
    const rule = kubeletRule(pattern);
    if (typeof rule !== 'string') return rule;
    this.notice(place, `skipped, as the kubelet skips it: ${rule}`);
    return undefined;
  }
}
