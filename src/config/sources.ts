/** Which source stands behind a credential: its type with the options inline, or an entry of `sources`. */

import { staticForm } from './auth.ts';
import type { ConfiguredSource } from './entry.ts';
import { isSourceType, type SourceType } from './fields.ts';
import type { CredentialShape, SourceShape } from './shape.ts';

/** What is wrong with a credential, and with which of its keys (empty for the credential as a whole). */
export interface Problem {
  readonly key: string;
  readonly problem: string;
}

/** The credential helper that stands for an empty entry, as docker asks its credential store. */
export type Store = string | undefined;

/** Entries of `sources` of all files, by name. */
export class NamedSources {
  readonly #byName = new Map<string, { file: string; source: ConfiguredSource }>();

  /** Undefined when all is well with the entry. */
  add(name: string, file: string, directory: string, { type, ...options }: SourceShape): Problem | undefined {
    const known = this.#byName.get(name);
    if (known !== undefined) return { key: '', problem: `is defined in ${known.file} already` };
    this.#byName.set(name, { file, source: { type, name, options, directory } });
    if (isSourceType(name)) return { key: '', problem: `"${name}" is a built-in type; choose another name` };
    if (type === 'static' && staticForm(options) === 'empty')
      return { key: '', problem: 'holds no credential' };
    return optionProblem(type, options);
  }

  get(name: string): ConfiguredSource | undefined {
    return this.#byName.get(name)?.source;
  }
}

/** What is said of an `empty` credential. */
export const emptyCredential = 'holds no credential, and no "credsStore" is set to ask';

/** What is wrong with a credential, if anything is; `empty` for one without any secret where no store can be asked. */
export function credentialProblem(
  credential: CredentialShape,
  store: Store,
  named: NamedSources,
): Problem | 'empty' | undefined {
  const { source } = credential;
  if (source === undefined || source === 'static') {
    const form = staticForm(credential);
    if (form === 'empty') return store ? undefined : 'empty';
    return typeof form === 'string' ? undefined : form;
  }
  if (isSourceType(source)) return optionProblem(source, credential);
  if (named.get(source) !== undefined) return undefined;
  return { key: 'source', problem: `"${source}" is neither a source type nor an entry of "sources"` };
}

/** The source of a credential that has no problem. */
export function sourceOf(
  credential: CredentialShape,
  directory: string,
  store: Store,
  named: NamedSources,
): ConfiguredSource {
  const { source: type = 'static' } = credential;
  const configured = named.get(type);
  if (configured !== undefined) return configured;
  if (!isSourceType(type)) throw new Error('a source that is not configured passed the check');
  const options = credential.source === undefined ? credential : withoutSource(credential);
  if (type === 'static' && store && staticForm(options) === 'empty') return helperSource(store, directory);
  return { type, options, directory };
}

function withoutSource({ source: _, ...options }: CredentialShape): CredentialShape {
  return options;
}

export function helperSource(helper: string, directory: string): ConfiguredSource {
  return { type: 'docker-credential-helper', options: { helper }, directory };
}

/** What is wrong with options whose names and types are right. */
function optionProblem(type: SourceType, options: CredentialShape): Problem | undefined {
  if (type === 'static') {
    const form = staticForm(options);
    return typeof form === 'string' ? undefined : form;
  }
  if (type === 'docker-credential-helper') return helperProblem(options.helper);
  const { source: _, ...own } = options;
  for (const [key, value] of Object.entries(own)) {
    // An empty value, from a template perhaps, would mean another identity or registry than the one that was meant.
    if (value === '') return { key, problem: 'must not be empty' };
    const rule = cloudRules[`${type}.${key}`];
    if (rule !== undefined && !rule.pattern.test(String(value))) return { key, problem: rule.problem };
  }
  return undefined;
}

const region = { pattern: /^[a-z]+(?:-[a-z0-9]+)+$/, problem: 'must be a region such as "eu-west-1"' };

/** Forms of options by source type and key. */
const cloudRules: Readonly<Record<string, { pattern: RegExp; problem: string }>> = {
  'ecr.region': region,
  'ecr.registryId': { pattern: /^\d{12}$/, problem: 'must be an account of 12 digits' },
  'ecr.roleArn': { pattern: /^arn:[\w-]+:iam::\d{12}:role\/.+$/, problem: 'must be the ARN of an IAM role' },
  'tcr.region': region,
  'tcr.registryId': { pattern: /^tcr-\w+$/, problem: 'must be the id of an instance, "tcr-…"' },
};

/** A helper is named, not pointed at: its program is `docker-credential-<name>` somewhere in the PATH. */
export function helperProblem(helper: unknown): Problem | undefined {
  if (helper === undefined) return { key: '', problem: 'needs "helper", the name behind docker-credential-' };
  if (typeof helper === 'string' && /^[A-Za-z0-9][\w.-]*$/.test(helper)) return undefined;
  return { key: 'helper', problem: 'must be a name such as "gcr", not a path' };
}
