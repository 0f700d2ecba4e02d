/** AWS on loopback: ECR, ECR Public, STS, instance metadata and a container endpoint, with signatures verified for real. */

import { type KnownKeys, type SignedRequest, verifySignature } from './sigv4.ts';

/** Keys that the double knows from the start; neither is real. */
export const nodeKeys = { accessKeyId: 'AKIANODE000000000000', secretAccessKey: 'node+secret/key' };
export const instanceKeys = {
  accessKeyId: 'ASIAINSTANCE00000000',
  secretAccessKey: 'instance+secret',
  sessionToken: 'instance/session==',
};
export const containerKeys = {
  accessKeyId: 'ASIACONTAINER0000000',
  secretAccessKey: 'container+secret',
  sessionToken: 'container/session==',
};

export type Service = 'ecr' | 'ecr-public' | 'sts' | 'metadata' | 'container';

export interface Call extends SignedRequest {
  readonly service: Service;
  /** Who signed it; undefined for what is not signed. */
  readonly accessKeyId: string | undefined;
}

export interface AwsDoubleOptions {
  readonly region?: string;
  /** The password that ECR gives; a new one each time unless given. */
  readonly password?: string;
  /** The life of the tokens that ECR gives, in seconds; null leaves expiresAt out. */
  readonly tokenLife?: number | null;
  /** Answers instead of the service when it returns something; `n` counts the service's calls from 1. */
  readonly fault?: (service: Service, n: number) => Response | undefined | Promise<Response | undefined>;
  /** The web identity token that STS accepts, for any role. */
  readonly webIdentityToken?: string;
  /** What the container endpoint wants as Authorization. */
  readonly containerToken?: string;
  readonly instanceRole?: string | null;
  /** Milliseconds that the service's clock is ahead. */
  readonly clockAhead?: number;
}

export interface AwsDouble {
  readonly url: string;
  readonly port: number;
  readonly calls: Call[];
  /** The password that ECR gave last. */
  readonly password: () => string;
  /** Variables that point AWS's tools at the double, without any credentials. */
  readonly env: Record<string, string>;
  close(): void;
}

const targets: Readonly<Record<string, 'ecr' | 'ecr-public'>> = {
  'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken': 'ecr',
  'SpencerFrontendService.GetAuthorizationToken': 'ecr-public',
};

export function awsDouble(options: AwsDoubleOptions = {}): AwsDouble {
  const { region = 'us-east-1', tokenLife = 12 * 3600, instanceRole = 'node-role' } = options;
  const known = new Map<string, KnownKeys>();
  for (const { accessKeyId, ...keys } of [nodeKeys, instanceKeys, containerKeys])
    known.set(accessKeyId, keys);
  const calls: Call[] = [];
  let password = '';
  const now = () => Date.now() + (options.clockAhead ?? 0);

  async function answer(service: Service, request: SignedRequest): Promise<Response> {
    const form = new URLSearchParams(request.body);
    const signed = service.startsWith('ecr') || form.get('Action') === 'AssumeRole';
    const verdict = signed ? verifySignature(request, known, region, service, now()) : undefined;
    const accessKeyId = verdict && 'accessKeyId' in verdict ? verdict.accessKeyId : undefined;
    calls.push({ ...request, service, accessKeyId });
    const fault = await options.fault?.(service, calls.filter(call => call.service === service).length);
    if (fault) return fault;
    if (verdict && 'code' in verdict) {
      return service === 'sts' ? xmlError(verdict.code, 403) : jsonError(verdict.code, verdict.message);
    }
    if (service === 'ecr' || service === 'ecr-public') return token(service);
    if (service === 'sts') return sts(form);
    if (service === 'container') return container(request);
    return metadata(request);
  }

  function token(service: 'ecr' | 'ecr-public'): Response {
    password = options.password ?? `pass:${service}:${crypto.randomUUID()}`;
    const data = {
      authorizationToken: btoa(`AWS:${password}`),
      ...(tokenLife !== null && { expiresAt: now() / 1000 + tokenLife }),
      proxyEndpoint: 'https://registry.example',
    };
    return json({ authorizationData: service === 'ecr' ? [data] : data });
  }

  function sts(form: URLSearchParams): Response {
    const action = form.get('Action');
    if (action === 'AssumeRoleWithWebIdentity' && form.get('WebIdentityToken') !== options.webIdentityToken) {
      return xmlError('InvalidIdentityToken', 400);
    }
    const session = {
      secretAccessKey: crypto.randomUUID(),
      sessionToken: `session/${crypto.randomUUID()}==`,
    };
    const accessKeyId = `ASIA${crypto.randomUUID().replaceAll('-', '').slice(0, 16).toUpperCase()}`;
    known.set(accessKeyId, session);
    const expiration = new Date(now() + 3600_000).toISOString();
    return new Response(
      `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result><Credentials>
        <AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>${session.secretAccessKey}</SecretAccessKey>
        <SessionToken>${session.sessionToken}</SessionToken><Expiration>${expiration}</Expiration></Credentials>
        <AssumedRoleUser><Arn>${form.get('RoleArn')}</Arn><AssumedRoleId>AROA:x</AssumedRoleId></AssumedRoleUser>
        </${action}Result></${action}Response>`,
      { headers: { 'content-type': 'text/xml' } },
    );
  }

  function metadata({ method, path, headers }: SignedRequest): Response {
    if (method === 'PUT' && path === '/latest/api/token') {
      const ttl = headers['x-aws-ec2-metadata-token-ttl-seconds'];
      return ttl
        ? new Response('imds-session', { headers: { 'x-aws-ec2-metadata-token-ttl-seconds': ttl } })
        : new Response('', { status: 400 });
    }
    if (headers['x-aws-ec2-metadata-token'] !== 'imds-session') return new Response('', { status: 401 });
    const base = '/latest/meta-data/iam/security-credentials/';
    if (instanceRole !== null && path === base) return new Response(instanceRole);
    if (path === `${base}${instanceRole}`) return json(containerShape(instanceKeys));
    return new Response('<html>404</html>', { status: 404 });
  }

  function container({ headers }: SignedRequest): Response {
    const wanted = options.containerToken;
    if (wanted !== undefined && headers.authorization !== wanted) return new Response('', { status: 403 });
    return json(containerShape(containerKeys));
  }

  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(request) {
      const { pathname, searchParams } = new URL(request.url);
      const headers = Object.fromEntries(request.headers);
      const target = targets[headers['x-amz-target'] ?? ''];
      const service =
        target ?? (pathname === '/container' ? 'container' : pathname === '/' ? 'sts' : 'metadata');
      const body = await request.text();
      return answer(service, { method: request.method, path: pathname, query: searchParams, headers, body });
    },
  });
  const url = `http://127.0.0.1:${server.port}`;
  return {
    url,
    port: server.port ?? 0,
    calls,
    password: () => password,
    env: {
      AWS_ENDPOINT_URL_ECR: url,
      AWS_ENDPOINT_URL_ECR_PUBLIC: url,
      AWS_ENDPOINT_URL_STS: url,
      AWS_EC2_METADATA_SERVICE_ENDPOINT: url,
    },
    close: () => server.stop(true),
  };
}

/** AWS's JSON error, with a request id. */
export function jsonError(code: string, message = 'secret details', status = 400): Response {
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': 'req-1234' };
  return new Response(JSON.stringify({ __type: code, message }), { status, headers });
}

/** STS's XML error, with a request id. */
export function xmlError(code: string, status: number): Response {
  const body = `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>secret details</Message></Error><RequestId>req-5678</RequestId></ErrorResponse>`;
  return new Response(body, { status, headers: { 'content-type': 'text/xml' } });
}

function json(value: unknown): Response {
  return new Response(JSON.stringify(value), { headers: { 'content-type': 'application/x-amz-json-1.1' } });
}

function containerShape(keys: typeof instanceKeys): unknown {
  return {
    Code: 'Success',
    AccessKeyId: keys.accessKeyId,
    SecretAccessKey: keys.secretAccessKey,
    Token: keys.sessionToken,
    Expiration: new Date(Date.now() + 3600_000).toISOString(),
  };
}
