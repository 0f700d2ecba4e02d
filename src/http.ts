/** The one place that talks HTTP: deadline, retries, proxy, certificate authorities and size limits. */

import type { Deadline } from './deadline.ts';
import { type Again, Fault } from './fault.ts';
import { isLoopback, isMetadata } from './http/address.ts';
import { NetworkFault, networkFault } from './http/failure.ts';
import { type HttpProxy, proxyFor } from './http/proxy.ts';
import { bodyLimit, type Exchange, type Reply, type Transport } from './http/transport.ts';
import { trustedAuthorities } from './http/trust.ts';
import type { Io } from './io/io.ts';

export { isLoopback, isMetadata } from './http/address.ts';
export { NetworkFault } from './http/failure.ts';
export { bodyLimit } from './http/transport.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'HEAD';
  /** `https`; `http` only for this machine and the metadata services. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly deadline: Deadline;
  /** Milliseconds for the connection of one attempt; 3000 unless given. */
  readonly connectTimeout?: number;
  /** Milliseconds for one whole attempt; 10000 unless given. */
  readonly timeout?: number;
  /** How often to try at most; 3 unless given. */
  readonly attempts?: number;
  /** Answers that are worth another attempt beside 429 and 5xx, as an API has its own for throttling. */
  readonly retryable?: (response: HttpResponse) => boolean;
  /** Files of PEM certificates to trust as well. */
  readonly authorityFiles?: readonly string[];
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Full jitter: a random wait below `base * 2^n`, see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ */
const backoffBase = 100;

/**
 * Sends a request and returns whatever the server answers, after at most `attempts` attempts within the deadline: network
 * failures, 429, 5xx and what `retryable` names are tried again, not before `Retry-After`. Follows no redirect.
 * Rejects with a NetworkFault when there is no whole answer, with a Fault for an address that must not be asked.
 * No Fault holds a part of a body, a header or a proxy's credentials.
 */
export async function send(request: HttpRequest, io: Io): Promise<HttpResponse> {
  const url = allowedUrl(request.url);
  const proxy = proxyFor(url, io.env);
  const secure = url.protocol === 'https:';
  const authorities = secure ? await trustedAuthorities(request.authorityFiles ?? [], io) : undefined;
  const attempts = request.attempts ?? 3;
  for (let attempt = 1; ; attempt++) {
    const outcome = await attemptOnce(request, url, proxy, authorities).catch((error: unknown) => {
      if (error instanceof NetworkFault) return error;
      throw error;
    });
    const wait = attempt < attempts ? pauseBeforeRetry(outcome, request, attempt, io.now()) : undefined;
    if (wait !== undefined && wait < request.deadline.remaining()) {
      await new Promise(resolve => setTimeout(resolve, wait));
      continue;
    }
    if (outcome instanceof NetworkFault) throw outcome;
    return outcome;
  }
}

/** Milliseconds that a `Retry-After` header asks to wait (seconds or a date), or undefined. */
export function retryAfter(headers: Readonly<Record<string, string>>, now: number): number | undefined {
  const text = headers['retry-after']?.trim();
  if (!text) return undefined;
  const wait = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}

/**
 * What an answer that is no success says about asking again, by HTTP alone: 429 and a 503 that names a time are throttles, other
 * 4xx refusals. https://www.rfc-editor.org/rfc/rfc9110#section-15
 */
export function againAfter({ status, headers }: HttpResponse, now: number): Again {
  const wait = retryAfter(headers, now);
  if (status === 429 || (status === 503 && wait !== undefined)) return throttled(wait);
  return { kind: status >= 400 && status < 500 && status !== 408 ? 'refused' : 'unavailable' };
}

/** A throttle, and for how long where the cloud said so. */
export function throttled(wait: number | undefined): Again {
  return { kind: 'throttled', ...(wait !== undefined && { retryAfter: wait }) };
}

function pauseBeforeRetry(
  outcome: HttpResponse | NetworkFault,
  request: HttpRequest,
  attempt: number,
  now: number,
): number | undefined {
  const jitter = Math.random() * backoffBase * 2 ** attempt;
  if (outcome instanceof NetworkFault) return outcome.transient ? jitter : undefined;
  const again = outcome.status >= 500 || outcome.status === 429 || request.retryable?.(outcome);
  return again ? Math.max(jitter, retryAfter(outcome.headers, now) ?? 0) : undefined;
}

function allowedUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new Fault(
      'InvalidUrl',
      'an endpoint is not the URL of an HTTP service',
      'write it as https://host[:port]',
    );
  }
  if (url.protocol === 'https:' || isLoopback(url.hostname) || isMetadata(url.hostname)) return url;
  throw new Fault(
    'InsecureUrl',
    `${url.host} would be asked over plain HTTP`,
    'use https; http is only for loopback and metadata addresses',
  );
}

async function attemptOnce(
  request: HttpRequest,
  url: URL,
  proxy: HttpProxy | undefined,
  authorities: string[] | undefined,
): Promise<HttpResponse> {
  const exchange: Exchange = {
    method: request.method,
    url,
    headers: request.headers,
    body: request.body,
    proxy,
    authorities,
    connectTimeout: request.connectTimeout ?? 3000,
    signal: request.deadline.signal(request.timeout ?? 10_000),
  };
  let reply: Reply;
  try {
    reply = await (await transport())(exchange);
  } catch (error) {
    throw networkFault(error, url, proxy, 'request');
  }
  let body: string | undefined;
  try {
    body = await readText(reply.body);
  } catch (error) {
    throw networkFault(error, url, proxy, 'response');
  }
  const { status, headers } = reply;
  if (status >= 300 && status < 400 && status !== 304) {
    const hint =
      'check the endpoint, and whether a captive portal or proxy intercepts it; no redirect is followed';
    throw new NetworkFault(
      'Redirected',
      `${url.host} answered with a redirect (HTTP ${status})`,
      hint,
      false,
    );
  }
  if (body === undefined) {
    const hint = 'check the endpoint, and what intercepts the connection';
    throw new NetworkFault('ResponseTooLarge', `the answer of ${url.host} is larger than 1 MiB`, hint, false);
  }
  return { status, headers, body };
}

/** The whole text, or undefined as soon as there are more than `bodyLimit` bytes. */
async function readText(chunks: AsyncIterable<Uint8Array>): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let size = 0;
  let text = '';
  for await (const chunk of chunks) {
    size += chunk.byteLength;
    if (size > bodyLimit) return undefined;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

async function transport(): Promise<Transport> {
  return typeof Bun === 'undefined'
    ? (await import('./http/node.ts')).exchangeWithUndici
    : (await import('./http/bun.ts')).exchangeWithFetch;
}
