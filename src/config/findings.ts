/** Everything that is wrong with the shape of a configuration file, one finding a place. Loaded only for odd files. */

import type * as z from 'zod/mini';
import { isObject } from '../json.ts';
import { fileFields, isSourceType, sectionFields, sourceFields } from './fields.ts';
import { nearest } from './nearest.ts';
import { anySource, configuredSources, inlineCredentials, namedCredential, outerFile } from './schema.ts';

/** A place inside a JSON file and what is wrong there. */
export interface Finding {
  /** `auths["*.io"][1].passwordFile`; empty for the file as a whole. */
  readonly path: string;
  readonly problem: string;
}

type Key = PropertyKey;

/** Empty when the value is a configuration. */
export function shapeFindings(value: unknown): Finding[] {
  if (!isObject(value)) return [{ path: '', problem: 'must be a JSON object' }];
  if (isLegacyDockerFile(value)) {
    const hint = 'name it in "dockerConfigFiles" of a configuration instead';
    return [{ path: '', problem: `looks like a legacy .dockercfg file: ${hint}` }];
  }
  const findings = check(
    outerFile,
    value,
    [],
    [...Object.keys(fileFields), ...Object.keys(sectionFields), 'auths', 'sources'],
  );
  for (const [pattern, entry] of Object.entries(isObject(value.auths) ? value.auths : {})) {
    const list = Array.isArray(entry) ? entry : [entry];
    list.forEach((credential, i) => {
      const path = ['auths', pattern, ...(Array.isArray(entry) ? [i] : [])];
      findings.push(...credentialFindings(credential, path));
    });
  }
  for (const [name, source] of Object.entries(isObject(value.sources) ? value.sources : {})) {
    findings.push(...sourceFindings(source, ['sources', name]));
  }
  return findings;
}

function isLegacyDockerFile(value: Record<string, unknown>): boolean {
  const entries = Object.entries(value);
  return (
    entries.length > 0 &&
    entries.every(([key, entry]) => /[./:]/.test(key) && isObject(entry) && 'auth' in entry)
  );
}

function credentialFindings(value: unknown, path: Key[]): Finding[] {
  const source = isObject(value) ? (value.source ?? 'static') : 'static';
  const type = typeof source === 'string' && isSourceType(source) ? source : undefined;
  const schema = (typeof source === 'string' ? inlineCredentials.get(source) : undefined) ?? namedCredential;
  return check(
    schema,
    value,
    path,
    type === undefined ? ['source'] : ['source', ...Object.keys(sourceFields[type])],
  );
}

function sourceFindings(value: unknown, path: Key[]): Finding[] {
  const type = isObject(value) ? value.type : undefined;
  const schema = (typeof type === 'string' ? configuredSources.get(type) : undefined) ?? anySource;
  const fields = typeof type === 'string' && isSourceType(type) ? Object.keys(sourceFields[type]) : [];
  return check(schema, value, path, ['type', ...fields]);
}

function check(schema: z.ZodMiniType, value: unknown, path: Key[], keys: readonly string[]): Finding[] {
  const result = schema.safeParse(value);
  return (result.error?.issues ?? []).flatMap(issue => describe(issue, path, keys));
}

function describe(issue: z.core.$ZodIssue, base: Key[], keys: readonly string[]): Finding[] {
  const path = [...base, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    const section = Object.entries(sectionFields).find(
      ([name]) => base.length === 0 && issue.path[0] === name,
    )?.[1];
    const known = section === undefined ? keys : Object.keys(section);
    return issue.keys.map(key => ({
      path: formatPath([...path, key]),
      problem: unknownKey(key, known, path),
    }));
  }
  return [{ path: formatPath(path), problem: requirement(issue) }];
}

function unknownKey(key: string, known: readonly string[], path: readonly Key[]): string {
  const near = nearest(key, known);
  if (near !== undefined) return `unknown key; did you mean "${near}"?`;
  if (known.length === 1 && path[0] === 'auths') {
    return 'unknown key; a credential that names an entry of "sources" takes its options from there';
  }
  return `unknown key; known here: ${known.join(', ')}`;
}

const typeNames = new Map([
  ['string', 'a text'],
  ['boolean', 'true or false'],
  ['array', 'a list'],
  ['object', 'an object'],
  ['record', 'an object'],
]);

function requirement(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return `must be ${typeNames.get(issue.expected) ?? issue.expected}`;
  if (issue.code === 'invalid_value') return `must be one of: ${issue.values.join(', ')}`;
  return 'is not allowed here';
}

/** Keys whose children are named by the operator and so are always quoted. */
const named = ['auths', 'sources', 'credHelpers'];

/** `auths["*.io"][1].passwordFile` */
function formatPath(path: readonly Key[]): string {
  return path.reduce<string>((text, key, i) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    const name = String(key);
    if (i === 0) return name;
    return named.includes(String(path[i - 1])) && i === 1
      ? `${text}[${JSON.stringify(name)}]`
      : `${text}.${name}`;
  }, '');
}
