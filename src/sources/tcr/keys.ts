/** Turns an identity into keys: as they are, from STS, or from the metadata of this CVM. */

import type { Deadline } from '../../deadline.ts';
import { Fault } from '../../fault.ts';
import type { Io } from '../../io/io.ts';
import { memberOf, sender } from './api.ts';
import { type Endpoint, readEndpoint } from './endpoint.ts';
import { introduceIdentity, type Keys, type Principal, type Selected, type WebIdentity } from './identity.ts';
import { instanceKeys, readTemporaryKeys } from './metadata.ts';
import type { TcrOptions } from './options.ts';
import { stsClient } from './sdk.ts';

/** STS is one service for all regions; a request must name one all the same. */
export const defaultRegion = 'ap-guangzhou';

/** The keys to sign with. Rejects with a Fault; an identity that fails is never replaced by another. */
export async function obtainKeys(
  { principal, assume }: Selected,
  options: TcrOptions,
  deadline: Deadline,
  io: Io,
): Promise<Keys> {
  const keys = await principalKeys(principal, options, deadline, io);
  if (assume === undefined) return keys;
  const parameters = { RoleArn: assume, RoleSessionName: sessionName };
  return callSts('AssumeRole', parameters, keys, introduceIdentity({ principal }), options, deadline, io);
}

const sessionName = 'keyring-credential-provider';

function principalKeys(principal: Principal, options: TcrOptions, deadline: Deadline, io: Io): Promise<Keys> {
  switch (principal.kind) {
    case 'keys':
      return Promise.resolve(principal.keys);
    case 'web identity':
      return webIdentityKeys(principal.web, introduceIdentity({ principal }), options, deadline, io);
    case 'metadata':
      return instanceKeys(principal.tried, deadline, io);
  }
}

function webIdentityKeys(
  web: WebIdentity,
  identity: string,
  options: TcrOptions,
  deadline: Deadline,
  io: Io,
) {
  const parameters = {
    ProviderId: web.providerId,
    WebIdentityToken: web.token,
    RoleArn: web.roleArn,
    RoleSessionName: sessionName,
  };
  return callSts('AssumeRoleWithWebIdentity', parameters, undefined, identity, options, deadline, io);
}

async function callSts(
  action: 'AssumeRole' | 'AssumeRoleWithWebIdentity',
  parameters: { RoleArn: string },
  keys: Keys | undefined,
  identity: string,
  options: TcrOptions,
  deadline: Deadline,
  io: Io,
): Promise<Keys> {
  const roleArn = parameters.RoleArn;
  const client = stsClient({
    endpoint: stsEndpoint(options),
    region: options.region ?? io.env.TKE_REGION ?? defaultRegion,
    keys,
    now: io.now,
    send: sender({ identity, roleArn }, deadline, io),
  });
  const received = readTemporaryKeys(memberOf(await client.request(action, parameters), 'Credentials'));
  if (received) return received;
  throw new Fault(
    'invalid-response',
    `${action} of ${roleArn} gave no keys`,
    'check stsEndpoint of the entry',
  );
}

function stsEndpoint(options: TcrOptions): Endpoint {
  return options.stsEndpoint === undefined
    ? { protocol: 'https://', host: 'sts.tencentcloudapi.com' }
    : readEndpoint('stsEndpoint', options.stsEndpoint);
}
