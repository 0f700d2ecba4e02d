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

/** The source of a credential; undefined for an empty one without a store. */
export function sourceOf(
  credential: CredentialShape,
  directory: string,
  store: Store,
  named: NamedSources,
): ConfiguredSource | Problem | undefined {
  const { source = 'static' } = credential;
  const options = credential.source === undefined ? credential : withoutSource(credential);
  if (!isSourceType(source)) {
    return (
      named.get(source) ?? {
        key: 'source',
        problem: `"${source}" is neither a source type nor an entry of "sources"`,
      }
    );
  }
  if (source !== 'static') return optionProblem(source, options) ?? { type: source, options, directory };
  const form = staticForm(options);
  if (form === 'empty') return store ? helperSource(store, directory) : undefined;
  return typeof form === 'string' ? { type: source, options, directory } : form;
}

function withoutSource({ source: _, ...options }: CredentialShape): CredentialShape {
  return options;
}

export function isProblem(value: ConfiguredSource | Problem): value is Problem {
  return 'problem' in value;
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
  return type === 'docker-credential-helper' ? helperProblem(options.helper) : undefined;
}

/** A helper is named, not pointed at: its program is `docker-credential-<name>` somewhere in the PATH. */
export function helperProblem(helper: unknown): Problem | undefined {
  if (helper === undefined) return { key: '', problem: 'needs "helper", the name behind docker-credential-' };
  if (typeof helper === 'string' && /^[A-Za-z0-9][\w.-]*$/.test(helper)) return undefined;
  return { key: 'helper', problem: 'must be a name such as "gcr", not a path' };
}
