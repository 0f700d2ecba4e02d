/** Keys of a profile in AWS's shared configuration, with everything that the SDK does unattended for one. */

import { fromIni } from '@aws-sdk/credential-provider-ini';
import { Fault } from '../../fault.ts';
import type { Io } from '../../io/io.ts';
import type { SourceRequest } from '../source.ts';
import { endProcessesWith } from './credential-process.ts';
import { awsFault } from './failure.ts';
import type { Keys } from './principal.ts';
import { sharedFiles } from './profiles.ts';
import { assumeRole, assumeRoleWithWebIdentity } from './sts.ts';
import type { Target } from './target.ts';
import { awsTransport, clientSettings } from './transport.ts';

/** What is left of the deadline for ending a program that did not answer, in milliseconds at most. */
const cleanUp = 100;

/** Static keys, assumed roles, web identity, `credential_process` and SSO, each as its profile says. */
export async function profileKeys(
  name: string,
  target: Target,
  request: SourceRequest,
  io: Io,
): Promise<Keys> {
  const transport = awsTransport(request, io);
  const files = sharedFiles(io);
  const { useFipsEndpoint: _, useDualstackEndpoint: __, ...settings } = clientSettings(transport);
  const provider = fromIni({
    profile: name,
    ...(files && { configFilepath: files.config, filepath: files.credentials }),
    ignoreCache: true,
    clientConfig: settings as never,
    parentClientConfig: { region: target.region } as never,
    roleAssumer: (source, role) => assumeRole(roleOf(role), keysOf(source), target, request, io),
    roleAssumerWithWebIdentity: role =>
      assumeRoleWithWebIdentity({ ...roleOf(role), token: role.WebIdentityToken ?? '' }, target, request, io),
  });
  const abandoned = new AbortController();
  endProcessesWith(abandoned.signal, io);
  const { deadline } = request;
  const remaining = deadline.earlier(Math.min(cleanUp, deadline.remaining() / 10)).remaining();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const fault = new Fault(
      'Timeout',
      `the AWS profile ${name} gave no credentials in time`,
      'check its credential_process and its network',
    );
    timer = setTimeout(reject, remaining, fault);
  });
  try {
    return keysOf(await Promise.race([provider(), late]));
  } catch (error) {
    const action = 'the credentials of its profile';
    throw awsFault(error, {
      action,
      who: `profile ${name}`,
      region: target.region,
      last: transport.last,
      io,
    });
  } finally {
    clearTimeout(timer);
    abandoned.abort();
  }
}

interface RoleParameters {
  readonly RoleArn?: string | undefined;
  readonly RoleSessionName?: string | undefined;
  readonly ExternalId?: string | undefined;
  readonly DurationSeconds?: number | undefined;
}

function roleOf(role: RoleParameters) {
  return {
    roleArn: role.RoleArn ?? '',
    sessionName: role.RoleSessionName,
    externalId: role.ExternalId,
    durationSeconds: role.DurationSeconds,
  };
}

function keysOf(source: {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string | undefined;
}): Keys {
  const { accessKeyId, secretAccessKey, sessionToken } = source;
  return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
}
