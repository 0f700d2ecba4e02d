/** Who asks AWS: chosen from the request, the entry and the environment without any network access. */

import { type Again, Fault } from '../../fault.ts';
import { errorCode, type Io } from '../../io/io.ts';
import type { SourceRequest } from '../source.ts';
import { profileExists } from './profiles.ts';
import { isTrue, text } from './target.ts';

/** The annotation that AWS's own plugin reads: https://github.com/kubernetes/cloud-provider-aws */
const roleAnnotation = 'eks.amazonaws.com/ecr-role-arn';

export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export type Principal = BasePrincipal & {
  /** A role that the principal assumes before it asks. */
  readonly assumes?: string;
};

type BasePrincipal =
  | { readonly kind: 'web identity'; readonly roleArn: string; readonly token: string }
  | { readonly kind: 'web identity file'; readonly roleArn: string; readonly file: string }
  | { readonly kind: 'keys'; readonly keys: Keys }
  | { readonly kind: 'profile'; readonly name: string }
  | { readonly kind: 'container'; readonly url: string }
  | { readonly kind: 'instance metadata' };

/**
 * The principal in AWS's order: the pod's service account where a role is named for it, the entry's profile, keys and
 * web identity of the environment, the shared configuration, the container's credentials, the instance's role.
 * https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
 */
export async function choosePrincipal(request: SourceRequest, io: Io): Promise<Principal> {
  const assumes = text(request.options.roleArn);
  const pod = request.serviceAccount;
  const podRole = pod && (pod.annotations[roleAnnotation] || assumes || io.env.AWS_ECR_ROLE_ARN);
  if (pod && podRole) {
    const base = { kind: 'web identity', roleArn: podRole, token: pod.token } as const;
    return assumes === undefined || assumes === podRole ? base : { ...base, assumes };
  }
  const base = await chooseNodePrincipal(text(request.options.profile), io);
  return assumes === undefined ? base : { ...base, assumes };
}

/** The principal's name for cache keys and messages: an access key id, an ARN or a kind, never a secret. */
export function principalName(principal: Principal): string {
  const base = baseName(principal);
  return principal.assumes === undefined ? base : `${principal.assumes} assumed by ${base}`;
}

function baseName(principal: Principal): string {
  switch (principal.kind) {
    case 'web identity':
    case 'web identity file':
      return principal.roleArn;
    case 'keys':
      return principal.keys.accessKeyId;
    case 'profile':
      return `profile ${principal.name}`;
    case 'container':
      return `container credentials of ${new URL(principal.url).host}`;
    case 'instance metadata':
      return 'instance metadata';
  }
}

async function chooseNodePrincipal(profile: string | undefined, io: Io): Promise<BasePrincipal> {
  const { env } = io;
  if (profile !== undefined) {
    if (await profileExists(profile, io)) return { kind: 'profile', name: profile };
    throw new Fault(
      'ProfileNotFound',
      `the AWS profile ${profile} has no credentials in the shared configuration`,
      'check "profile" in the entry, AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE and HOME',
    );
  }
  if (env.AWS_ACCESS_KEY_ID && env.AWS_SECRET_ACCESS_KEY) {
    const keys = { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY };
    return {
      kind: 'keys',
      keys: env.AWS_SESSION_TOKEN ? { ...keys, sessionToken: env.AWS_SESSION_TOKEN } : keys,
    };
  }
  if (env.AWS_WEB_IDENTITY_TOKEN_FILE && env.AWS_ROLE_ARN) {
    return { kind: 'web identity file', roleArn: env.AWS_ROLE_ARN, file: env.AWS_WEB_IDENTITY_TOKEN_FILE };
  }
  const name = env.AWS_PROFILE || 'default';
  if (await profileExists(name, io)) return { kind: 'profile', name };
  const url = containerUrl(env);
  if (url !== undefined) return { kind: 'container', url };
  if (isTrue(env.AWS_EC2_METADATA_DISABLED)) throw noCredentials(io, 'the instance metadata is switched off');
  return { kind: 'instance metadata' };
}

/** The Fault for an empty chain: what was tried, in order. `last` says how the last link failed. */
export function noCredentials(io: Io, last: string, hint?: string, again?: Again): Fault {
  const tried = [
    'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
    'AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN',
    `the profile ${io.env.AWS_PROFILE || 'default'}`,
    'AWS_CONTAINER_CREDENTIALS_FULL_URI',
    'instance metadata',
  ];
  return new Fault(
    'NoCredentials',
    `no AWS credentials; tried, in order: ${tried.join('; ')} (${last})`,
    hint ?? 'give the node an instance role, or the plugin one of these',
    again,
  );
}

/** Reads a web identity token; rejects with a Fault that names the file. */
export async function readTokenFile(file: string, io: Io): Promise<string> {
  try {
    return new TextDecoder().decode(await io.files.read(file)).trim();
  } catch (error) {
    throw new Fault(
      errorCode(error) ?? 'UnreadableToken',
      `cannot read the token file ${file}`,
      'check that it exists and that the kubelet may read it',
    );
  }
}

function containerUrl(env: Io['env']): string | undefined {
  const relative = env.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI;
  const url = relative ? `http://169.254.170.2${relative}` : env.AWS_CONTAINER_CREDENTIALS_FULL_URI;
  if (!url) return undefined;
  if (URL.canParse(url)) return url;
  throw new Fault(
    'InvalidUrl',
    'AWS_CONTAINER_CREDENTIALS_FULL_URI is not a URL',
    'set it to http://host/path, or unset it',
  );
}
