/** Roles: AssumeRole with keys, and AssumeRoleWithWebIdentity with a token. */

import { AssumeRoleCommand, AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/nested-clients/sts';
import { Fault } from '../../fault.ts';
import type { Io } from '../../io/io.ts';
import type { SourceRequest } from '../source.ts';
import { awsFault } from './failure.ts';
import type { Keys } from './principal.ts';
import { configuredEndpoint, type Target } from './target.ts';
import { type AwsTransport, awsTransport, clientSettings } from './transport.ts';

export interface Role {
  readonly roleArn: string;
  readonly sessionName: string | undefined;
  readonly externalId?: string | undefined;
  readonly durationSeconds?: number | undefined;
}

/**
 * The name that AWS's own plugin uses, since trust policies and CloudTrail filters may look at it:
 * https://github.com/kubernetes/cloud-provider-aws/blob/master/cmd/ecr-credential-provider/main.go
 */
const defaultSessionName = 'ecr-credential-provider';

export async function assumeRole(
  role: Role,
  keys: Keys,
  target: Target,
  request: SourceRequest,
  io: Io,
): Promise<Keys> {
  const transport = awsTransport(request, io);
  const command = new AssumeRoleCommand({
    RoleArn: role.roleArn,
    RoleSessionName: role.sessionName ?? defaultSessionName,
    ExternalId: role.externalId,
    DurationSeconds: role.durationSeconds,
  });
  try {
    const { Credentials } = await stsClient(transport, target, io, keys).send(command);
    return keysOf(Credentials);
  } catch (error) {
    const who = `${keys.accessKeyId}, which asks for ${role.roleArn}`;
    throw awsFault(error, { action: 'sts:AssumeRole', who, region: target.region, last: transport.last, io });
  }
}

export async function assumeRoleWithWebIdentity(
  role: Role & { readonly token: string },
  target: Target,
  request: SourceRequest,
  io: Io,
): Promise<Keys> {
  const transport = awsTransport(request, io);
  const command = new AssumeRoleWithWebIdentityCommand({
    RoleArn: role.roleArn,
    RoleSessionName: role.sessionName ?? defaultSessionName,
    WebIdentityToken: role.token,
  });
  try {
    const { Credentials } = await stsClient(transport, target, io, undefined).send(command);
    return keysOf(Credentials);
  } catch (error) {
    const action = 'sts:AssumeRoleWithWebIdentity';
    throw awsFault(error, { action, who: role.roleArn, region: target.region, last: transport.last, io });
  }
}

function stsClient(transport: AwsTransport, target: Target, io: Io, keys: Keys | undefined): STSClient {
  const endpoint = configuredEndpoint('STS', io);
  return new STSClient({
    ...clientSettings(transport),
    region: target.region,
    ...(keys && { credentials: { ...keys } }),
    ...(endpoint === undefined
      ? { useFipsEndpoint: target.fips, useDualstackEndpoint: target.dualStack }
      : { endpoint }),
  });
}

interface StsCredentials {
  readonly AccessKeyId?: string | undefined;
  readonly SecretAccessKey?: string | undefined;
  readonly SessionToken?: string | undefined;
}

function keysOf(credentials: StsCredentials | undefined): Keys {
  const { AccessKeyId, SecretAccessKey, SessionToken } = credentials ?? {};
  if (!AccessKeyId || !SecretAccessKey || !SessionToken) {
    throw new Fault(
      'MalformedResponse',
      'STS answered without credentials',
      'check the endpoint of AWS_ENDPOINT_URL_STS',
    );
  }
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}
