/** What every AWS client here is given, so that the SDK's requests go through the project's HTTP layer and nothing else. */

import { type HttpResponse, send } from '../../http.ts';
import type { Io } from '../../io/io.ts';
import { version } from '../../version.ts';
import type { SourceRequest } from '../source.ts';

// The SDK warns of old Node versions on stderr, which is the kubelet's log; the portable file runs on Node 20.18.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

/** AWS's names for "too many requests", which come with HTTP 400: https://docs.aws.amazon.com/general/latest/gr/api-retries.html */
const throttling = /Throttl|TooManyRequests|RequestLimitExceeded|PriorRequestNotComplete/;

/** What STS says with HTTP 400 when the identity provider behind a web identity did not answer it. */
const passing = /IDPCommunicationError/;

const product = 'keyring-credential-provider';

export const userAgent = `${product}/${version}`;

/** A request as the SDK's signer leaves it. */
export interface SignedRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly query?: Record<string, string | string[] | null>;
  readonly headers: Record<string, string>;
  readonly body?: string | Uint8Array;
}

export interface AwsTransport {
  /** The last answer, for what the SDK's exceptions do not carry. */
  last: HttpResponse | undefined;
  handle(request: SignedRequest): Promise<{ response: AwsResponse }>;
}

interface AwsResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

/** A request handler for SDK clients; `adapt` may rewrite a successful body. */
export function awsTransport(
  { deadline }: SourceRequest,
  io: Io,
  adapt: (body: string) => string = body => body,
): AwsTransport {
  const authorityFiles = io.env.AWS_CA_BUNDLE ? [io.env.AWS_CA_BUNDLE] : [];
  return {
    last: undefined,
    async handle(request) {
      const { host: _, ...headers } = request.headers;
      const answer = await send(
        {
          method: request.method as 'GET' | 'POST',
          url: urlOf(request),
          headers,
          ...(request.body !== undefined && { body: asText(request.body) }),
          deadline,
          authorityFiles,
          retryable: answer => isThrottled(answer) || isPassing(answer),
        },
        io,
      );
      this.last = answer;
      const body = answer.status < 300 ? adapt(answer.body) : answer.body;
      return {
        response: {
          statusCode: answer.status,
          headers: answer.headers,
          body: new TextEncoder().encode(body),
        },
      };
    },
  };
}

/** True for an answer that says "slow down" in AWS's way. */
export function isThrottled(answer: HttpResponse): boolean {
  return answer.status === 429 || says(throttling, answer);
}

/** True for an answer of HTTP 400 that is nobody's refusal. */
export function isPassing(answer: HttpResponse): boolean {
  return says(passing, answer);
}

function says(code: RegExp, { status, headers, body }: HttpResponse): boolean {
  return status >= 400 && code.test(`${headers['x-amzn-errortype']} ${body.slice(0, 2000)}`);
}

/** Settings that every client shares: one attempt (the HTTP layer retries), no lookup of files, a native SHA-256. */
export function clientSettings(transport: AwsTransport) {
  return {
    requestHandler: transport as never,
    maxAttempts: 1,
    retryMode: 'standard',
    defaultsMode: 'legacy' as const,
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    userAgentAppId: async () => undefined,
    authSchemePreference: async () => [],
    defaultUserAgentProvider: async (): Promise<[string, string][]> => [[product, version]],
    sha256: NativeSha256 as never,
  };
}

/** SHA-256 and HMAC by the runtime, since the SDK's own is written in JavaScript. */
export class NativeSha256 {
  readonly #hash: { update(data: Uint8Array | string): unknown; digest(): Uint8Array };

  constructor(secret?: Uint8Array | string) {
    if (typeof Bun !== 'undefined') {
      this.#hash = new Bun.CryptoHasher('sha256', secret);
      return;
    }
    const { createHash, createHmac } = process.getBuiltinModule('node:crypto');
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret);
  }

  update(data: Uint8Array | string): void {
    this.#hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
}

function urlOf({ protocol, hostname, port, path, query = {} }: SignedRequest): string {
  const url = new URL(`${protocol}//${hostname}${port ? `:${port}` : ''}${path}`);
  for (const [name, value] of Object.entries(query)) {
    for (const each of [value].flat()) url.searchParams.append(name, each ?? '');
  }
  return url.href;
}

function asText(body: string | Uint8Array): string {
  return typeof body === 'string' ? body : new TextDecoder().decode(body);
}
