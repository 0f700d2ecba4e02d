/** Gathers entries with what is wrong with them: findings stop the run, notices only leave something out. */

import { Fault } from '../fault.ts';
import { parsePattern } from '../pattern/pattern.ts';
import { Entry, type Rule, type Section } from './entry.ts';
import { Matcher } from './matcher.ts';
import type { FileFinding } from './read.ts';
import type { CredentialShape } from './shape.ts';

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

  /** Adds an entry whose pattern and credential are in order; `rule` is undefined for a simple pattern, which needs none yet. */
  add(
    section: Section,
    pattern: string,
    index: number | undefined,
    credential: CredentialShape,
    rule: Rule | undefined,
  ): void {
    this.matcher.add(new Entry(section, pattern, index, credential, this.#count++), rule);
  }

  find(place: Place, problem: string): void {
    this.findings.push({ ...place, problem });
  }

  notice(place: Place, problem: string): void {
    this.notices.push({ ...place, problem });
  }

  /** Makes the matcher ready for entries with the kubelet's rules. */
  async useKubeletRules(): Promise<(pattern: string) => Rule | string> {
    const { KubeletEntries, kubeletRule } = await import('./kubelet-entries.ts');
    this.matcher.kubelet ??= new KubeletEntries();
    return kubeletRule;
  }
}

/** The rule for a well-formed pattern of the documented grammar. */
export function documentedRule(pattern: string): Rule {
  return { kind: 'documented', pattern: parsePattern(pattern) };
}

/** The same, or what is wrong with the pattern. */
export function checkedRule(pattern: string): Rule | string {
  try {
    return documentedRule(pattern);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return error.message;
  }
}
