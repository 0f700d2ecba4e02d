/** Reads the parsed JSON of a CredentialProviderConfig as strictly as the kubelet decodes it. */

import { parseDuration } from '../duration.ts';

/** What the kubelet refuses: the field, and the words of its message. */
export interface Finding {
  readonly path: string;
  readonly message: string;
}

/** A provider of a CredentialProviderConfig, of any version. Durations are as written. */
export interface Provider {
  readonly name?: string;
  readonly matchImages?: readonly string[];
  readonly defaultCacheDuration?: string;
  readonly apiVersion?: string;
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name?: string; readonly value?: string }[];
  readonly tokenAttributes?: TokenAttributes;
}

/** How a provider gets service-account tokens; only in `kubelet.config.k8s.io/v1`. */
export interface TokenAttributes {
  readonly serviceAccountTokenAudience?: string;
  readonly cacheType?: string;
  readonly requireServiceAccount?: boolean;
  readonly requiredServiceAccountAnnotationKeys?: readonly string[];
  readonly optionalServiceAccountAnnotationKeys?: readonly string[];
}

type Shape = 'string' | 'boolean' | 'duration' | { readonly list: Shape } | Fields;
interface Fields {
  readonly fields: Readonly<Record<string, Shape>>;
}

const kind = 'CredentialProviderConfig';
const strings: Shape = { list: 'string' };

const providerOfBeta: Fields = {
  fields: {
    name: 'string',
    matchImages: strings,
    defaultCacheDuration: 'duration',
    apiVersion: 'string',
    args: strings,
    env: { list: { fields: { name: 'string', value: 'string' } } },
  },
};

const providerOfV1: Fields = {
  fields: {
    ...providerOfBeta.fields,
    tokenAttributes: {
      fields: {
        serviceAccountTokenAudience: 'string',
        cacheType: 'string',
        requireServiceAccount: 'boolean',
        requiredServiceAccountAnnotationKeys: strings,
        optionalServiceAccountAnnotationKeys: strings,
      },
    },
  },
};

/** https://github.com/kubernetes/kubernetes/tree/v1.36.3/staging/src/k8s.io/kubelet/config */
const providerShapes: ReadonlyMap<string, Fields> = new Map([
  ['kubelet.config.k8s.io/v1', providerOfV1],
  ['kubelet.config.k8s.io/v1beta1', providerOfBeta],
  ['kubelet.config.k8s.io/v1alpha1', providerOfBeta],
]);

/** The providers of one file, or why the kubelet cannot decode it. */
export function decodeConfig(value: unknown): {
  providers: readonly Provider[];
  findings: readonly Finding[];
} {
  const findings = isObject(value) ? headFindings(value) : [{ path: '', message: 'expected an object' }];
  if (!isObject(value) || findings.length > 0) return { providers: [], findings };
  const provider = providerShapes.get(String(value.apiVersion));
  if (provider === undefined) return { providers: [], findings };
  const shape: Fields = { fields: { kind: 'string', apiVersion: 'string', providers: { list: provider } } };
  const config = read(value, shape, '', findings) as { readonly providers?: readonly Provider[] };
  return { providers: findings.length > 0 ? [] : (config.providers ?? []), findings };
}

/** Milliseconds of a duration that may have a sign; undefined if it is none. */
export function signedMilliseconds(text: string): number | undefined {
  const milliseconds = parseDuration(text.replace(/^[-+]/, ''));
  return milliseconds !== undefined && text.startsWith('-') ? -milliseconds : milliseconds;
}

function headFindings(value: Readonly<Record<string, unknown>>): Finding[] {
  for (const path of ['kind', 'apiVersion']) {
    const text = value[path];
    if (text === undefined || text === null || text === '') {
      return [{ path, message: `Object '${path === 'kind' ? 'Kind' : path}' is missing` }];
    }
    if (typeof text !== 'string') return [{ path, message: 'expected a string' }];
  }
  if (value.kind === kind && providerShapes.has(String(value.apiVersion))) return [];
  const path = value.kind === kind ? 'apiVersion' : 'kind';
  return [{ path, message: `no kind "${value.kind}" is registered for version "${value.apiVersion}"` }];
}

/** The value without its null fields; null in a list is the empty value of its items, as in Go. */
function read(value: unknown, shape: Shape, path: string, findings: Finding[]): unknown {
  const expected = mismatch(value, shape);
  if (expected !== undefined) {
    findings.push({ path, message: `expected ${expected}` });
    return undefined;
  }
  if (typeof shape === 'string') {
    if (shape === 'duration' && signedMilliseconds(String(value)) === undefined) {
      findings.push({ path, message: `invalid duration ${JSON.stringify(value)}` });
    }
    return value;
  }
  if ('list' in shape) {
    const empty = shape.list === 'string' ? '' : {};
    return (value as unknown[]).map((item, i) => read(item ?? empty, shape.list, `${path}[${i}]`, findings));
  }
  const fields: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(value as object)) {
    const place = path === '' ? name : `${path}.${name}`;
    const fieldShape = Object.hasOwn(shape.fields, name) ? shape.fields[name] : undefined;
    if (fieldShape === undefined) {
      findings.push({
        path: place,
        message: `strict decoding error: unknown field ${JSON.stringify(place)}`,
      });
    } else if (field !== null) {
      fields[name] = read(field, fieldShape, place, findings);
    }
  }
  return fields;
}

/** What was expected where the JSON type is wrong. */
function mismatch(value: unknown, shape: Shape): string | undefined {
  if (shape === 'boolean') return typeof value === 'boolean' ? undefined : 'true or false';
  if (shape === 'duration')
    return typeof value === 'string' ? undefined : 'a duration as a string, such as "12h"';
  if (shape === 'string') return typeof value === 'string' ? undefined : 'a string';
  if ('list' in shape) return Array.isArray(value) ? undefined : 'a list';
  return isObject(value) ? undefined : 'an object';
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
