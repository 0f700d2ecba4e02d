/** docker's own files, `config.json` and legacy `.dockercfg`: what is wrong with one is noticed and left out, no more. */

import { Fault } from '../fault.ts';
import { errorCode, type Io } from '../io/io.ts';
import { isObject, JsonFault, parseJson } from '../json.ts';
import { at, type Collector, checkedRule, documentedRule, type Place } from './collector.ts';
import { placesIn, type Rule } from './entry.ts';
import { addHelpers, addStore } from './helpers.ts';
import { refuseUnsafe } from './locate.ts';
import { folderOf } from './path.ts';
import type { CredentialShape } from './shape.ts';
import { credentialProblem, emptyCredential, NamedSources, type Problem, sourceOf } from './sources.ts';

/** Adds the entries of one file, or a notice that says why there are none. */
export async function addDockerFile(file: string, collector: Collector, io: Io): Promise<void> {
  const value = await read(file, io);
  if (typeof value === 'string') {
    collector.notice({ file, path: '' }, `skipped: ${value}`);
    return;
  }
  const legacy = isLegacy(value);
  const helpers = {
    credHelpers: textsOf(value.credHelpers),
    credsStore: legacy ? '' : textOf(value.credsStore),
  };
  const notice = (place: Place, problem: string): void => collector.notice(place, `skipped: ${problem}`);
  if (!legacy) addHelpers(file, helpers, collector, notice);
  const directory = folderOf(file);
  const section = {
    file,
    placeOf: placesIn(legacy ? '' : 'auths'),
    ruleOf: documentedRule,
    sourceOf: (credential: CredentialShape) => sourceOf(credential, directory, helpers.credsStore, noSources),
  };
  const auths = legacy ? value : isObject(value.auths) ? value.auths : {};
  for (const [pattern, entry] of Object.entries(auths)) {
    const credential = isObject(entry) ? textsOf(pick(entry)) : undefined;
    const rule = checkedRule(pattern);
    const problem = problemOf(rule, credential, helpers.credsStore);
    if (problem !== undefined)
      notice(at({ file, path: section.placeOf(pattern) }, problem.key), problem.problem);
    else if (credential !== undefined && typeof rule !== 'string') {
      collector.add(section, pattern, undefined, credential, rule);
    }
  }
  addStore(file, helpers, collector, notice);
}

function problemOf(
  rule: Rule | string,
  credential: CredentialShape | undefined,
  store: string,
): Problem | undefined {
  if (credential === undefined) return { key: '', problem: 'must be an object' };
  if (typeof rule === 'string') return { key: '', problem: rule };
  const problem = credentialProblem(credential, store, noSources);
  if (problem !== 'empty') return problem;
  return { key: '', problem: emptyCredential };
}

const noSources = new NamedSources();

/** Only what docker itself writes: our own keys, such as `passwordFile`, mean nothing in docker's files. */
function pick(entry: Record<string, unknown>): Record<string, unknown> {
  const { auth, username, password, identitytoken, registrytoken } = entry;
  return { auth, username, password, identitytoken, registrytoken };
}

async function read(file: string, io: Io): Promise<Record<string, unknown> | string> {
  try {
    await refuseUnsafe(file, await io.files.stat(file), io);
    const value = parseJson(await io.files.read(file));
    return isObject(value) ? value : 'it is no JSON object';
  } catch (error) {
    if (error instanceof Fault) return error.message;
    if (error instanceof JsonFault) return error.message;
    const code = errorCode(error);
    return code === 'ENOENT' ? 'it does not exist' : `it cannot be read (${code ?? 'unknown error'})`;
  }
}

/** A `.dockercfg` is the map of registries itself: https://github.com/docker/cli/blob/master/cli/config/configfile/file.go */
function isLegacy(value: Record<string, unknown>): boolean {
  const known = ['auths', 'credHelpers', 'credsStore', 'HttpHeaders'];
  return !known.some(key => Object.hasOwn(value, key)) && Object.values(value).every(isObject);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function textsOf(value: unknown): Record<string, string> {
  const entries = Object.entries(isObject(value) ? value : {});
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
