/** The entries of one configuration file of our own. */

import { at, type Collector, type Place } from './collector.ts';
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
  addHelpers(file, shape, collector, (place, problem) => collector.find(place, problem));
  for (const pattern in shape.auths) {
    const place = { file, path: `auths[${JSON.stringify(pattern)}]` };
    const rule =
      shape.matching === 'kubelet'
        ? await collector.kubelet(pattern, place)
        : collector.documented(pattern, place, (...finding) => collector.find(...finding));
    if (rule === undefined) continue;
    for (const [credential, itsPlace] of credentialsOf(shape.auths[pattern], place)) {
      const source = sourceOf(credential, folderOf(file), shape.credsStore, named);
      if (source === undefined)
        collector.notice(itsPlace, 'holds no credential, and no "credsStore" is set to ask');
      else if (isProblem(source)) collector.find(at(itsPlace, source.key), source.problem);
      else collector.add(pattern, rule, itsPlace, source);
    }
  }
  addStore(file, shape, collector, (place, problem) => collector.find(place, problem));
}

function credentialsOf(
  value: CredentialShape | readonly CredentialShape[] | undefined,
  place: Place,
): [CredentialShape, Place][] {
  if (!Array.isArray(value)) return value === undefined ? [] : [[value as CredentialShape, place]];
  return value.map((item, i) => [item, { file: place.file, path: `${place.path}[${i}]` }]);
}
