/** `credHelpers` and `credsStore`: docker's own way to say which credential helper answers for which registry. */

import type { Collector, Place } from './collector.ts';
import { folderOf } from './path.ts';
import type { FileShape } from './shape.ts';
import { helperProblem, helperSource } from './sources.ts';

type HelperShape = Pick<FileShape, 'credHelpers' | 'credsStore'>;
type Report = (place: Place, problem: string) => void;

/** One entry for each registry that has a helper of its own. */
export function addHelpers(file: string, shape: HelperShape, collector: Collector, report: Report): void {
  for (const [host, helper] of Object.entries(shape.credHelpers ?? {})) {
    const place = { file, path: `credHelpers[${JSON.stringify(host)}]` };
    const problem = helperProblem(helper);
    const rule = collector.documented(host, place, report);
    if (problem !== undefined) report(place, problem.problem);
    else if (rule !== undefined) collector.add(host, rule, place, helperSource(helper, folderOf(file)));
  }
}

/** The store answers for every registry, after everything else. */
export function addStore(
  file: string,
  { credsStore }: HelperShape,
  collector: Collector,
  report: Report,
): void {
  if (!credsStore) return;
  const place = { file, path: 'credsStore' };
  const problem = helperProblem(credsStore);
  if (problem !== undefined) report(place, problem.problem);
  else collector.add('credsStore', { kind: 'everywhere' }, place, helperSource(credsStore, folderOf(file)));
}
