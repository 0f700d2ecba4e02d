/** The key of a token: a digest of everything that decides which token one gets. */

import type { Identity, ServiceAccount, SourceRequest } from '../sources/source.ts';
import { digest } from './digest.ts';

/**
 * 64 hexadecimal digits that reveal nothing. Requests of equal keys get the same token: same source type, options, identity, scope
 * and service account. A request with a service-account token never shares an entry with one of another account, since a role's
 * trust policy may tell them apart.
 */
export function keyOf(type: string, request: SourceRequest, identity: Identity): string {
  return digest(
    JSON.stringify([
      'token',
      type,
      resolvedOptions(request),
      identity.who,
      identity.scope,
      request.serviceAccount && serviceAccountFacts(request.serviceAccount),
    ]),
  );
}

function resolvedOptions({ options, directory }: SourceRequest): [string, string | boolean][] {
  return Object.entries(options)
    .map(([name, value]): [string, string | boolean] => {
      const isPath = typeof value === 'string' && name.endsWith('File') && !value.startsWith('/');
      return [name, isPath ? `${directory}/${value}` : value];
    })
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The account, not the token: the kubelet sends a new token of the same account every few minutes. */
function serviceAccountFacts({ token, annotations }: ServiceAccount): unknown {
  const named = Object.entries(annotations).sort(([a], [b]) => (a < b ? -1 : 1));
  return [named, subjectOf(token) ?? digest(token)];
}

/** Issuer, subject, audience and uid of a service-account token, whose claims are those of the [Kubernetes API server](https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#bound-service-account-tokens). */
function subjectOf(token: string): unknown {
  try {
    const payload = (token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
    const claims = JSON.parse(atob(payload)) as Record<string, unknown> | null;
    if (typeof claims?.sub !== 'string' || claims.sub === '') return undefined;
    const cluster = claims['kubernetes.io'] as { serviceaccount?: { uid?: unknown } } | undefined;
    return [claims.iss, claims.sub, claims.aud, cluster?.serviceaccount?.uid];
  } catch {
    return undefined;
  }
}
