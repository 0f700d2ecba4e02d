/** Keys from the machine's surroundings: the instance metadata service (IMDSv2) and the container endpoint. */

import { Deadline } from '../../deadline.ts';
import { Fault } from '../../fault.ts';
import { againAfter, type HttpRequest, type HttpResponse, NetworkFault, send } from '../../http.ts';
import type { Io } from '../../io/io.ts';
import type { SourceRequest } from '../source.ts';
import { type Keys, noCredentials, readTokenFile } from './principal.ts';
import { isTrue } from './target.ts';

/** How long the metadata service may stay silent in all, in milliseconds. */
const silence = 1000;

const hopLimitHint =
  'give the instance a role; if it has one, raise its metadata hop limit (HttpPutResponseHopLimit) to 2 for processes in containers';

/** What a role may be called; anything else is some proxy's page. https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html */
const roleName = /^[\w+=,.@-]{1,64}$/;

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html */
export async function instanceKeys(request: SourceRequest, io: Io): Promise<Keys> {
  const base = metadataEndpoint(io);
  const deadline = new Deadline(Math.min(request.deadline.at, io.now() + silence), io.now);
  const session = await metadataSession(base, deadline, io);
  const read = (path: string) => {
    const url = `${base}/latest/meta-data/iam/security-credentials/${path}`;
    return ask({ method: 'GET', url, headers: session, deadline }, io);
  };
  const listing = await read('');
  const role = listing.body.split('\n', 1)[0]?.trim() ?? '';
  if (listing.status !== 404 && listing.status !== 200) throw noKeys(listing, 'the instance metadata', io);
  if (listing.status === 404 || !roleName.test(role)) {
    throw noCredentials(
      io,
      'the instance has no role',
      'attach an instance profile whose role may pull from ECR',
      { kind: 'refused' },
    );
  }
  const answer = await read(encodeURIComponent(role));
  return keysOf(answer, `the instance metadata for the role ${role}`, io);
}

/** https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html */
export async function containerKeys(url: string, request: SourceRequest, io: Io): Promise<Keys> {
  const file = io.env.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE;
  const token = file ? await readTokenFile(file, io) : io.env.AWS_CONTAINER_AUTHORIZATION_TOKEN;
  const headers: Record<string, string> = token ? { authorization: token } : {};
  const answer = await send({ method: 'GET', url, headers, deadline: request.deadline, timeout: 3000 }, io);
  return keysOf(answer, `the container endpoint ${new URL(url).host}`, io);
}

function metadataEndpoint(io: Io): string {
  const configured = io.env.AWS_EC2_METADATA_SERVICE_ENDPOINT;
  if (configured) return configured.replace(/\/+$/, '');
  const ipv6 = io.env.AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE?.toLowerCase() === 'ipv6';
  return ipv6 ? 'http://[fd00:ec2::254]' : 'http://169.254.169.254';
}

/** The header that opens the service: a session token, or none where only the first version is spoken. */
async function metadataSession(base: string, deadline: Deadline, io: Io): Promise<Record<string, string>> {
  const answer = await ask(
    {
      method: 'PUT',
      url: `${base}/latest/api/token`,
      headers: { 'x-aws-ec2-metadata-token-ttl-seconds': '300' },
      deadline,
      attempts: 2,
    },
    io,
  );
  if (answer.status < 300 && answer.body !== '') return { 'x-aws-ec2-metadata-token': answer.body };
  if ([403, 404, 405].includes(answer.status) && !isTrue(io.env.AWS_EC2_METADATA_V1_DISABLED)) return {};
  throw noCredentials(
    io,
    `the metadata service refused a session with HTTP ${answer.status}`,
    hopLimitHint,
    againAfter(answer, io.now()),
  );
}

/** Asks the service; a network that fails is a node without metadata. */
async function ask(request: HttpRequest, io: Io): Promise<HttpResponse> {
  try {
    return await send(request, io);
  } catch (error) {
    if (!(error instanceof NetworkFault)) throw error;
    throw noCredentials(io, `${error.what} [${error.code}]`, hopLimitHint);
  }
}

function keysOf(answer: HttpResponse, origin: string, io: Io): Keys {
  const keys = parseKeys(answer);
  if (keys === undefined) throw noKeys(answer, origin, io);
  return keys;
}

function noKeys(answer: HttpResponse, origin: string, io: Io): Fault {
  return new Fault(
    answer.status < 300 ? 'MalformedCredentials' : `Http${answer.status}`,
    `${origin} gave no credentials (HTTP ${answer.status})`,
    'check the role of this node or pod and its trust policy',
    againAfter(answer, io.now()),
  );
}

function parseKeys({ status, body }: HttpResponse): Keys | undefined {
  if (status >= 300) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return undefined;
  }
  const { AccessKeyId, SecretAccessKey, Token } = (parsed ?? {}) as Record<string, unknown>;
  if (typeof AccessKeyId !== 'string' || typeof SecretAccessKey !== 'string') return undefined;
  const keys = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey };
  return typeof Token === 'string' ? { ...keys, sessionToken: Token } : keys;
}
