/** Asks ECR or ECR Public for an authorization token. */

import { Fault } from '../../fault.ts';
import type { Io } from '../../io/io.ts';
import type { Credential, SourceRequest } from '../source.ts';
import { getAuthorizationToken } from './api.ts';
import { obtainKeys } from './credentials.ts';
import { awsFault } from './failure.ts';
import { type Keys, type Principal, principalName } from './principal.ts';
import { type Target, text } from './target.ts';
import { awsTransport } from './transport.ts';

/** How long a token counts as good when ECR does not say, in milliseconds. */
const unstatedLife = 5 * 60_000;

export async function getToken(
  target: Target,
  principal: Principal,
  request: SourceRequest,
  io: Io,
): Promise<Credential> {
  const keys = await obtainKeys(principal, target, request, io);
  const data = await authorizationData(target, keys, principal, request, io);
  const [, username, password] =
    /^([^:]*):(.*)$/s.exec(Buffer.from(data?.authorizationToken ?? '', 'base64').toString()) ?? [];
  if (!username || !password) {
    throw new Fault(
      'MalformedResponse',
      `${new URL(target.endpoint).host} answered without a usable authorization token`,
      'check the endpoint and what intercepts the connection',
    );
  }
  const expiresAt = data?.expiresAt?.getTime() ?? io.now() + unstatedLife;
  if (expiresAt <= io.now()) {
    throw new Fault(
      'TokenExpired',
      `the token of ECR ${target.region} expired at ${new Date(expiresAt).toISOString()}, before it arrived`,
      'set the clock of this node right',
    );
  }
  return { username, password, expiresAt };
}

async function authorizationData(
  target: Target,
  keys: Keys,
  principal: Principal,
  request: SourceRequest,
  io: Io,
) {
  const transport = awsTransport(request, io, target.public ? listOfOne : undefined);
  try {
    return await getAuthorizationToken(target, keys, text(request.options.registryId), transport, io);
  } catch (error) {
    const action = target.public ? 'ecr-public:GetAuthorizationToken' : 'ecr:GetAuthorizationToken';
    throw awsFault(error, {
      action,
      who: principalName(principal),
      region: target.region,
      last: transport.last,
      io,
    });
  }
}

/** ECR Public answers with one object where ECR has a list. */
function listOfOne(body: string): string {
  const answer: unknown = JSON.parse(body);
  const data = (answer as { authorizationData?: unknown } | null)?.authorizationData;
  return JSON.stringify({ authorizationData: data === undefined ? [] : [data] });
}
