/** docker's own files, `config.json` and legacy `.dockercfg`: what is wrong with one is noticed and left out, no more. */

import { Fault } from '../fault.ts';
import { errorCode, type Io } from '../io/io.ts';
import { isObject, JsonFault, parseJson } from '../json.ts';
import { staticForm } from './auth.ts';
import { at, type Collector, type Place } from './collector.ts';
import { addHelpers, addStore } from './helpers.ts';
import { refuseWritable } from './locate.ts';
import { folderOf } from './path.ts';
import { isProblem, NamedSources, sourceOf } from './sources.ts';

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
  const auths = legacy ? value : isObject(value.auths) ? value.auths : {};
  for (const [pattern, entry] of Object.entries(auths)) {
    const key = JSON.stringify(pattern);
    addAuth(
      pattern,
      entry,
      { file, path: legacy ? `[${key}]` : `auths[${key}]` },
      helpers.credsStore,
      collector,
    );
  }
  addStore(file, helpers, collector, notice);
}

function addAuth(pattern: string, entry: unknown, place: Place, store: string, collector: Collector): void {
  const notice = (where: Place, problem: string): void => collector.notice(where, `skipped: ${problem}`);
  if (!isObject(entry)) {
    notice(place, 'must be an object');
    return;
  }
  const rule = collector.documented(pattern, place, notice);
  if (rule === undefined) return;
  const credential = textsOf(pick(entry));
  const source = sourceOf(credential, folderOf(place.file), store, noSources);
  if (source === undefined) {
    if (staticForm(credential) === 'empty')
      notice(place, 'holds no credential, and no "credsStore" is set to ask');
  } else if (isProblem(source)) notice(at(place, source.key), source.problem);
  else collector.add(pattern, rule, place, source);
}

const noSources = new NamedSources();

/** Only what docker itself writes: our own keys, such as `passwordFile`, mean nothing in docker's files. */
function pick(entry: Record<string, unknown>): Record<string, unknown> {
  const { auth, username, password, identitytoken, registrytoken } = entry;
  return { auth, username, password, identitytoken, registrytoken };
}

async function read(file: string, io: Io): Promise<Record<string, unknown> | string> {
  try {
    refuseWritable(file, await io.files.stat(file), io);
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
