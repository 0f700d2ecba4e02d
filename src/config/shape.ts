/** What a configuration file looks like once its keys and types are checked, and a quick check for the plain case. */

import { isObject } from '../json.ts';
import {
  type Field,
  type Fields,
  fileFields,
  isSourceType,
  type SourceType,
  sectionFields,
  sourceFields,
} from './fields.ts';

/** One credential: the options of a source type, or the name of an entry of `sources`. */
export type CredentialShape = { readonly source?: string } & Readonly<Record<string, string | boolean>>;

export interface SourceShape {
  readonly type: SourceType;
  readonly [option: string]: string | boolean;
}

export interface FileShape {
  readonly auths?: Readonly<Record<string, CredentialShape | readonly CredentialShape[]>>;
  readonly sources?: Readonly<Record<string, SourceShape>>;
  readonly cache?: { directory?: string; enabled?: boolean; static?: string; noMatch?: string };
  readonly log?: { file?: string };
  readonly metrics?: { textfile?: string };
  readonly dockerConfigFiles?: readonly string[];
  readonly credHelpers?: Readonly<Record<string, string>>;
  readonly credsStore?: string;
  readonly timeout?: string;
  readonly matching?: 'kubelet';
}

/**
 * True when the value is plainly a configuration: every key known, every value of its type. The schema has the last word
 * on all others, and costs more to load than a whole answer.
 */
export function isPlainFile(value: unknown): value is FileShape {
  if (!isObject(value)) return false;
  for (const key in value) if (!isPlainMember(key, value[key])) return false;
  return true;
}

function isPlainMember(key: string, value: unknown): boolean {
  if (key === 'auths') return isObject(value) && isEvery(value, isPlainEntry);
  if (key === 'sources') return isObject(value) && isEvery(value, isPlainSource);
  if (isSection(key)) return isObject(value) && isPlainObject(value, sectionFields[key]);
  return hasType(value, fieldOf(fileFields, key));
}

function isSection(key: string): key is keyof typeof sectionFields {
  return Object.hasOwn(sectionFields, key);
}

function isPlainEntry(value: unknown): boolean {
  return Array.isArray(value) ? value.every(isPlainCredential) : isPlainCredential(value);
}

function isPlainCredential(value: unknown): boolean {
  if (!isObject(value)) return false;
  const source = value.source;
  if (source === undefined) return isPlainObject(value, sourceFields.static);
  if (typeof source !== 'string') return false;
  return isPlainObject(value, isSourceType(source) ? sourceFields[source] : {}, 'source');
}

function isPlainSource(value: unknown): boolean {
  if (!isObject(value)) return false;
  const type = value.type;
  return typeof type === 'string' && isSourceType(type) && isPlainObject(value, sourceFields[type], 'type');
}

function isPlainObject(value: Record<string, unknown>, fields: Fields, discriminator?: string): boolean {
  for (const key in value) {
    if (key !== discriminator && !hasType(value[key], fieldOf(fields, key))) return false;
  }
  return true;
}

function hasType(value: unknown, field: Field | undefined): boolean {
  if (field === undefined) return false;
  if (field.type === 'flag') return typeof value === 'boolean';
  if (field.type === 'texts') return Array.isArray(value) && value.every(item => typeof item === 'string');
  if (field.type === 'map') return isObject(value) && isEvery(value, item => typeof item === 'string');
  return typeof value === 'string' && (field.values === undefined || field.values.includes(value));
}

function fieldOf(fields: Fields, key: string): Field | undefined {
  return Object.hasOwn(fields, key) ? fields[key] : undefined;
}

function isEvery(object: Record<string, unknown>, check: (value: unknown) => boolean): boolean {
  for (const key in object) if (!check(object[key])) return false;
  return true;
}
