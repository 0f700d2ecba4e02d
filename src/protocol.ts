/** The kubelet's side of the conversation: CredentialProviderRequest in, CredentialProviderResponse out. */

import { formatDuration } from './duration.ts';
import { Fault } from './fault.ts';
import { isObject, JsonFault, parseJson } from './json.ts';
import type { Credential, ServiceAccount } from './sources/source.ts';

/** https://kubernetes.io/docs/reference/config-api/kubelet-credentialprovider.v1/ and its two older versions. */
export const apiVersions: readonly string[] = [
  'credentialprovider.kubelet.k8s.io/v1',
  'credentialprovider.kubelet.k8s.io/v1beta1',
  'credentialprovider.kubelet.k8s.io/v1alpha1',
];
const requestKind = 'CredentialProviderRequest';
const responseKind = 'CredentialProviderResponse';
export const requestLimit = 1024 * 1024;

export interface Request {
  readonly apiVersion: string;
  readonly image: string;
  readonly serviceAccount: ServiceAccount | undefined;
}

/** What the kubelet caches an answer under; it also knows `Global`, which no answer with credentials can justify. */
export type CacheKeyType = 'Image' | 'Registry';

export interface Answer {
  readonly apiVersion: string;
  readonly cacheKeyType: CacheKeyType;
  /** Milliseconds. */
  readonly cacheDuration: number;
  /** Auth keys with their credentials. */
  readonly auth: ReadonlyMap<string, Credential>;
}

/**
 * Reads a request. Fields that are not known are ignored: a newer kubelet may send some.
 * Throws a Fault with code `invalid-request`, `unsupported-kind` or `unsupported-version` that quotes no value but kind
 * and version.
 */
export function decodeRequest(bytes: Uint8Array): Request {
  const value = parse(bytes);
  if (!isObject(value)) throw invalid('it is no JSON object', requestHint);
  const { kind, apiVersion, image, serviceAccountToken, serviceAccountAnnotations } = value;
  if (kind !== requestKind) {
    throw new Fault('unsupported-kind', `the kind of the request is ${quote(kind)}`, `send a ${requestKind}`);
  }
  if (typeof apiVersion !== 'string' || !apiVersions.includes(apiVersion)) {
    const known = apiVersions.join(', ');
    throw new Fault(
      'unsupported-version',
      `the apiVersion of the request is ${quote(apiVersion)}`,
      `send one of ${known}`,
    );
  }
  if (typeof image !== 'string' || image === '')
    throw invalid('it names no image', 'set "image" to an image reference');
  return {
    apiVersion,
    image,
    serviceAccount: readServiceAccount(serviceAccountToken, serviceAccountAnnotations),
  };
}

function readServiceAccount(token: unknown, annotations: unknown): ServiceAccount | undefined {
  if (token !== undefined && token !== null && typeof token !== 'string') {
    throw invalid('its serviceAccountToken is no string', requestHint);
  }
  const pairs = annotations ?? {};
  if (!isObject(pairs) || !Object.values(pairs).every(value => typeof value === 'string')) {
    throw invalid('its serviceAccountAnnotations are no map of strings', requestHint);
  }
  return token ? { token, annotations: pairs as Record<string, string> } : undefined;
}

const requestHint = `send one ${requestKind} as a JSON object; "keyring-credential-provider request IMAGE" prints one`;

function parse(bytes: Uint8Array): unknown {
  if (bytes.length > requestLimit) throw requestTooLarge();
  try {
    return parseJson(bytes);
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    throw invalid(error.message, requestHint);
  }
}

export function requestTooLarge(): Fault {
  return invalid('it is larger than 1 MiB', requestHint);
}

function invalid(why: string, hint: string): Fault {
  return new Fault('invalid-request', `the request on stdin cannot be read, ${why}`, hint);
}

/** A value of the request as an error may show it. */
function quote(value: unknown): string {
  if (value === undefined || value === '') return 'missing';
  return typeof value === 'string' && value.length <= 100 ? `"${value}"` : 'no short text';
}

/** The response as the kubelet's strict decoder wants it: these five fields and no other, on one line. */
export function encodeAnswer(answer: Answer): string {
  const auth: Record<string, { username: string; password: string }> = {};
  for (const [key, { username, password }] of answer.auth) auth[key] = { username, password };
  const { apiVersion, cacheKeyType } = answer;
  const cacheDuration = formatDuration(answer.cacheDuration);
  return `${JSON.stringify({ kind: responseKind, apiVersion, cacheKeyType, cacheDuration, auth })}\n`;
}

export interface RequestFields {
  readonly apiVersion: string;
  readonly image: string;
  readonly serviceAccountToken?: string;
  readonly serviceAccountAnnotations?: Readonly<Record<string, string>>;
}

/** A request as the kubelet writes it, for testers. */
export function encodeRequest(fields: RequestFields): string {
  const { apiVersion, image, ...rest } = fields;
  return `${JSON.stringify({ kind: requestKind, apiVersion, image, ...rest })}\n`;
}
