/** The entries of one configuration file of our own. */

import { isSimplePattern } from '../pattern/pattern.ts';
import { at, type Collector, checkedRule, documentedRule, type Place } from './collector.ts';
import { placesIn, type Rule, type Section } from './entry.ts';
import { addHelpers, addStore } from './helpers.ts';
import { folderOf } from './path.ts';
import type { CredentialShape, FileShape } from './shape.ts';
import { credentialProblem, emptyCredential, type NamedSources, sourceOf } from './sources.ts';

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
  const report = (place: Place, problem: string): void => collector.find(place, problem);
  addHelpers(file, shape, collector, report);
  if (shape.matching === 'kubelet') await addKubeletEntries(file, shape, named, collector);
  else addDocumentedEntries(file, shape, named, collector);
  addStore(file, shape, collector, report);
}

function addDocumentedEntries(
  file: string,
  shape: FileShape,
  named: NamedSources,
  collector: Collector,
): void {
  const section = sectionOf(file, shape, named, documentedRule);
  for (const pattern in shape.auths) {
    const rule = isSimplePattern(pattern) ? undefined : checkedRule(pattern);
    if (typeof rule === 'string') collector.find({ file, path: section.placeOf(pattern) }, rule);
    else addCredentials(section, pattern, shape, named, collector, rule);
  }
}

/** The kubelet skips keys that it cannot parse. */
async function addKubeletEntries(
  file: string,
  shape: FileShape,
  named: NamedSources,
  collector: Collector,
): Promise<void> {
  const kubeletRule = await collector.useKubeletRules();
  const section = sectionOf(file, shape, named, pattern => kubeletRule(pattern) as Rule);
  for (const pattern in shape.auths) {
    const rule = kubeletRule(pattern);
    if (typeof rule !== 'string') addCredentials(section, pattern, shape, named, collector, rule);
    else
      collector.notice({ file, path: section.placeOf(pattern) }, `skipped, as the kubelet skips it: ${rule}`);
  }
}

function sectionOf(
  file: string,
  { credsStore }: FileShape,
  named: NamedSources,
  ruleOf: (pattern: string) => Rule,
): Section {
  const directory = folderOf(file);
  return {
    file,
    placeOf: placesIn('auths'),
    ruleOf,
    sourceOf: credential => sourceOf(credential, directory, credsStore, named),
  };
}

function addCredentials(
  section: Section,
  pattern: string,
  { auths = {}, credsStore }: FileShape,
  named: NamedSources,
  collector: Collector,
  rule: Rule | undefined,
): void {
  const value = auths[pattern] ?? [];
  const isListed = isList(value);
  const list = isListed ? value : [value];
  for (let i = 0; i < list.length; i += 1) {
    const credential = list[i] as CredentialShape;
    const index = isListed ? i : undefined;
    const problem = credentialProblem(credential, credsStore, named);
    if (problem === undefined) {
      collector.add(section, pattern, index, credential, rule);
      continue;
    }
    const place = { file: section.file, path: section.placeOf(pattern, index) };
    if (problem !== 'empty') collector.find(at(place, problem.key), problem.problem);
    else collector.notice(place, emptyCredential);
  }
}

function isList(value: CredentialShape | readonly CredentialShape[]): value is readonly CredentialShape[] {
  return Array.isArray(value);
}
