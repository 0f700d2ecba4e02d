/** Turns an identity into keys: as they are, from STS, or from the metadata of this CVM. */

import type { Deadline } from '../../deadline.ts';
import { Fault } from '../../fault.ts';
import type { Io } from '../../io/io.ts';
import { memberOf, sender } from './api.ts';
import { type Endpoint, readEndpoint } from './endpoint.ts';
import { introduceIdentity, type Keys, type Principal, type Selected } from './identity.ts';
import { instanceKeys, readTemporaryKeys } from './metadata.ts';
import type { TcrOptions } from './options.ts';
import { stsClient } from './sdk.ts';

/** What a call is made with, whatever it is for. */
export interface Context {
  readonly options: TcrOptions;
  readonly deadline: Deadline;
  readonly io: Io;
}

/** STS and the list of all regions' instances belong to no region; a request must name one all the same. */
export const defaultRegion = 'ap-guangzhou';

const sessionName = 'keyring-credential-provider';

/** The keys to sign with. Rejects with a Fault; an identity that fails is never replaced by another. */
export async function obtainKeys({ principal, assume }: Selected, context: Context): Promise<Keys> {
  const keys = await principalKeys(principal, context);
  if (assume === undefined) return keys;
  return callSts('AssumeRole', { RoleArn: assume }, keys, introduceIdentity({ principal }), context);
}

function principalKeys(principal: Principal, context: Context): Promise<Keys> {
  switch (principal.kind) {
    case 'keys':
      return Promise.resolve(principal.keys);
    case 'web identity': {
      const { providerId: ProviderId, token: WebIdentityToken, roleArn: RoleArn } = principal.web;
      const parameters = { ProviderId, WebIdentityToken, RoleArn };
      const identity = introduceIdentity({ principal });
      return callSts('AssumeRoleWithWebIdentity', parameters, undefined, identity, context);
    }
    case 'metadata':
      return instanceKeys(principal.tried, context.deadline, context.io);
  }
}

/** API: https://cloud.tencent.com/document/api/1312/48197 and https://cloud.tencent.com/document/api/1312/73070 */
async function callSts(
  action: 'AssumeRole' | 'AssumeRoleWithWebIdentity',
  parameters: { readonly RoleArn: string },
  keys: Keys | undefined,
  identity: string,
  { options, deadline, io }: Context,
): Promise<Keys> {
  const roleArn = parameters.RoleArn;
  const client = stsClient({
    endpoint: stsEndpoint(options),
    region: options.region ?? io.env.TKE_REGION ?? defaultRegion,
    keys,
    now: io.now,
    send: sender({ identity, roleArn }, deadline, io),
  });
  const answer = await client.request(action, { ...parameters, RoleSessionName: sessionName });
  const received = readTemporaryKeys(memberOf(answer, 'Credentials'));
  if (received) return received;
  throw new Fault(
    'invalid-response',
    `${action} of ${roleArn} gave no keys`,
    'check stsEndpoint of the entry',
  );
}

function stsEndpoint(options: TcrOptions): Endpoint {
  return readEndpoint('stsEndpoint', options.stsEndpoint ?? 'sts.tencentcloudapi.com');
}
