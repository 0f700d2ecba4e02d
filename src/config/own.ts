/** The entries of one configuration file of our own. */

import { at, type Collector, type Place } from './collector.ts';
import type { Rule } from './entry.ts';
import { addHelpers, addStore } from './helpers.ts';
import { folderOf } from './path.ts';
import type { CredentialShape, FileShape } from './shape.ts';
import { isProblem, type NamedSources, sourceOf } from './sources.ts';

export function addOwnSources(
  file: string,
  shape: FileShape,
  named: NamedSources,
  collector: Collector,
): void {
  for (const [name, source] of Object.entries(shape.sources ?? {})) {
    const problem = named.add(name, file, folderOf(file), source);
    if (problem === undefined) continue;
    collector.find(at({ file, path: `sources[${JSON.stringify(name)}]` }, problem.key), problem.problem);
  }
}

/** Credential helpers come first and the credential store last, which is docker's own order of preference. */
export async function addOwnEntries(
  file: string,
  shape: FileShape,
  named: NamedSources,
  collector: Collector,
): Promise<void> {
  const directory = folderOf(file);
  const report = (place: Place, problem: string): void => collector.find(place, problem);
  const add = (pattern: string, rule: Rule, place: Place, credential: CredentialShape): void => {
    const source = sourceOf(credential, directory, shape.credsStore, named);
    if (source === undefined)
      collector.notice(place, 'holds no credential, and no "credsStore" is set to ask');
    else if (isProblem(source)) collector.find(at(place, source.key), source.problem);
    else collector.add(pattern, rule, place, source);
  };
  addHelpers(file, shape, collector, report);
  for (const pattern in shape.auths) {
    const place = { file, path: `auths[${JSON.stringify(pattern)}]` };
    const rule =
      shape.matching === 'kubelet'
        ? await collector.kubelet(pattern, place)
        : collector.documented(pattern, place, report);
    if (rule === undefined) continue;
    const value = shape.auths[pattern] ?? [];
    if (!isList(value)) add(pattern, rule, place, value);
    else
      for (const [i, item] of value.entries())
        add(pattern, rule, { file, path: `${place.path}[${i}]` }, item);
  }
  addStore(file, shape, collector, report);
}

function isList(value: CredentialShape | readonly CredentialShape[]): value is readonly CredentialShape[] {
  return Array.isArray(value);
}
