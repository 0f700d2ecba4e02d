/** `credHelpers` and `credsStore`: docker's own way to say which credential helper answers for which registry. */

import { type Collector, checkedRule, documentedRule, type Place } from './collector.ts';
import { placesIn, type Rule, type Section } from './entry.ts';
import { folderOf } from './path.ts';
import type { FileShape } from './shape.ts';
import { helperProblem, helperSource } from './sources.ts';

type HelperShape = Pick<FileShape, 'credHelpers' | 'credsStore'>;
type Report = (place: Place, problem: string) => void;

/** One entry for each registry that has a helper of its own. */
export function addHelpers(file: string, shape: HelperShape, collector: Collector, report: Report): void {
  const section = { ...helperSection(file), placeOf: placesIn('credHelpers'), ruleOf: documentedRule };
  for (const [host, helper] of Object.entries(shape.credHelpers ?? {})) {
    const rule = helperProblem(helper)?.problem ?? checkedRule(host);
    if (typeof rule !== 'string') collector.add(section, host, undefined, { helper }, rule);
    else report({ file, path: section.placeOf(host) }, rule);
  }
}

const storeKey = 'credsStore';
const everywhere: Rule = { kind: 'everywhere' };

/** The store answers for every registry, after everything else. */
export function addStore(
  file: string,
  { credsStore }: HelperShape,
  collector: Collector,
  report: Report,
): void {
  if (!credsStore) return;
  const problem = helperProblem(credsStore);
  if (problem !== undefined) {
    report({ file, path: storeKey }, problem.problem);
    return;
  }
  const section: Section = {
    ...helperSection(file),
    placeOf: () => storeKey,
    ruleOf: () => everywhere,
  };
  collector.add(section, storeKey, undefined, { helper: credsStore }, everywhere);
}

function helperSection(file: string): Pick<Section, 'file' | 'sourceOf'> {
  return { file, sourceOf: ({ helper }) => helperSource(String(helper), folderOf(file)) };
}
