/** Which identity asks the TCR API: decided from the request, the entry, the environment and files, without network. */

import { Fault } from '../../fault.ts';
import type { Io } from '../../io/io.ts';
import { readSecret } from '../secret-file.ts';
import type { SourceRequest } from '../source.ts';
import { credentialsFiles, readCredentialsFile } from './credentials-file.ts';
import type { TcrOptions } from './options.ts';

/** What signs a request to an API of Tencent Cloud. */
export interface Keys {
  readonly secretId: string;
  readonly secretKey: string;
  /** Goes with temporary keys. */
  readonly token?: string;
}

/** A way to keys. `origin` says in words where it was found. */
export type Principal =
  | { readonly kind: 'keys'; readonly keys: Keys; readonly origin: string }
  | { readonly kind: 'web identity'; readonly web: WebIdentity; readonly origin: string }
  /** The last resort, and what had been looked for before it, in order. */
  | { readonly kind: 'metadata'; readonly tried: readonly string[] };

export interface WebIdentity {
  readonly roleArn: string;
  readonly providerId: string;
  readonly token: string;
}

export interface Selected {
  readonly principal: Principal;
  /** The role to assume with the principal's keys. */
  readonly assume?: string;
}

/** The annotations of a ServiceAccount that name its role, and the OIDC provider that role trusts. */
export const roleAnnotation = 'tke.cloud.tencent.com/role-arn';
export const providerAnnotation = 'tke.cloud.tencent.com/provider-id';

/**
 * Chooses the identity. A role that is named for the request's service account comes before everything; whatever is
 * configured but broken is a Fault. The entry's `roleArn` is assumed on top, except for a service account when a
 * `providerId` stands beside it: then it is the role that the account's token is exchanged for, unless annotated.
 */
export async function selectIdentity(request: SourceRequest, options: TcrOptions, io: Io): Promise<Selected> {
  const account = serviceAccountIdentity(request, options, io);
  const principal = account ?? (await nodePrincipal(request, options, io));
  const assume = account && options.providerId !== undefined ? undefined : options.roleArn;
  return assume === undefined ? { principal } : { principal, assume };
}

/** The identity in words, without any secret: a role's ARN, an access key id, or the instance's role. */
export function describeIdentity({ principal, assume }: Selected): string {
  const base = describePrincipal(principal);
  return assume === undefined ? base : `${assume} assumed by ${base}`;
}

/** The same for an error: with the place where the identity was found. */
export function introduceIdentity({ principal, assume }: Selected): string {
  const base = introducePrincipal(principal);
  return assume === undefined ? base : `${assume} assumed by ${base}`;
}

function introducePrincipal(principal: Principal): string {
  const name = describePrincipal(principal);
  return principal.kind === 'metadata' ? name : `${name} of ${principal.origin}`;
}

function describePrincipal(principal: Principal): string {
  switch (principal.kind) {
    case 'keys':
      return principal.keys.secretId;
    case 'web identity':
      return principal.web.roleArn;
    case 'metadata':
      return 'the CVM instance role';
  }
}

function serviceAccountIdentity(request: SourceRequest, options: TcrOptions, io: Io): Principal | undefined {
  const account = request.serviceAccount;
  if (!account?.token) return undefined;
  const annotated = account.annotations[roleAnnotation];
  const providerId = options.providerId ?? account.annotations[providerAnnotation] ?? io.env.TKE_PROVIDER_ID;
  const ofEntry = options.providerId === undefined ? undefined : options.roleArn;
  const roleArn = annotated || ofEntry || (providerId && io.env.TKE_ROLE_ARN);
  if (!roleArn) return undefined;
  if (!providerId) {
    throw new Fault(
      'missing-provider-id',
      `the service account names ${roleArn}, but no OIDC provider`,
      `set providerId in the entry, or the annotation ${providerAnnotation}`,
    );
  }
  return {
    kind: 'web identity',
    web: { roleArn, providerId, token: account.token },
    origin: "the pod's service account",
  };
}

async function nodePrincipal(request: SourceRequest, options: TcrOptions, io: Io): Promise<Principal> {
  const own = await entryKeys(request, options, io);
  if (own) return { kind: 'keys', keys: own, origin: 'the entry' };
  const tried = ['no secretId in the entry'];

  const environment = environmentKeys(io);
  if (typeof environment !== 'string') return { kind: 'keys', keys: environment, origin: 'the environment' };
  tried.push(environment);

  for (const path of credentialsFiles(io)) {
    const keys = await readCredentialsFile(path, io);
    if (typeof keys !== 'string') return { kind: 'keys', keys, origin: path };
    tried.push(keys);
  }

  const web = await environmentWebIdentity(io);
  if (typeof web !== 'string') return { kind: 'web identity', web, origin: 'the environment' };
  tried.push(web);
  return { kind: 'metadata', tried };
}

async function entryKeys(request: SourceRequest, options: TcrOptions, io: Io): Promise<Keys | undefined> {
  const { secretId, secretKeyFile, token } = options;
  if (secretId === undefined) return undefined;
  const secretKey = options.secretKey ?? (await readSecret(secretKeyFile ?? '', request.directory, io));
  return token === undefined ? { secretId, secretKey } : { secretId, secretKey, token };
}

function environmentKeys(io: Io): Keys | string {
  const secretId = io.env.TENCENTCLOUD_SECRET_ID;
  const secretKey = io.env.TENCENTCLOUD_SECRET_KEY;
  if (!secretId) return 'no TENCENTCLOUD_SECRET_ID';
  if (!secretKey) return 'TENCENTCLOUD_SECRET_ID without TENCENTCLOUD_SECRET_KEY';
  const token = io.env.TENCENTCLOUD_SESSION_TOKEN;
  return token ? { secretId, secretKey, token } : { secretId, secretKey };
}

async function environmentWebIdentity(io: Io): Promise<WebIdentity | string> {
  const roleArn = io.env.TKE_ROLE_ARN;
  const providerId = io.env.TKE_PROVIDER_ID;
  const file = io.env.TKE_WEB_IDENTITY_TOKEN_FILE;
  if (!file) return 'no TKE_WEB_IDENTITY_TOKEN_FILE';
  if (!roleArn || !providerId) {
    return `TKE_WEB_IDENTITY_TOKEN_FILE without ${roleArn ? 'TKE_PROVIDER_ID' : 'TKE_ROLE_ARN'}`;
  }
  return { roleArn, providerId, token: (await readSecret(file, '.', io)).trim() };
}
