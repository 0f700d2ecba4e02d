/** One call of an API of Tencent Cloud: sent with retries, its answer read, its errors told with a way out. */

import type { Deadline } from '../../deadline.ts';
import { Fault, type FaultKind } from '../../fault.ts';
import { againAfter, type HttpResponse, NetworkFault, retryAfter, send, throttled } from '../../http.ts';
import type { Io } from '../../io/io.ts';
import { type Asking, hintFor } from './hints.ts';
import type { Send } from './sdk.ts';

/** Refusals that wear the prefix of a server's failure; asking again changes nothing. */
const definite = /^InternalError\.(ErrUnauthorized|ErrorTcrUnauthorized|ErrNotExist)$/;
const failing = /^InternalError(\.|$)/;
const throttling = /^RequestLimitExceeded(\.|$)/;

/** A `Send` for the SDK's clients; `asking` is told in the errors. */
export function sender(asking: Asking, deadline: Deadline, io: Io): Send {
  return async ({ url, action, headers, body }) => {
    const response = await send(
      { method: 'POST', url, headers, body, deadline, retryable: isPassing },
      io,
    ).catch((error: unknown) => {
      throw error instanceof NetworkFault ? unreachable(action, url, error) : error;
    });
    return readAnswer(action, new URL(url).host, response, asking, io.now());
  };
}

function isPassing(response: HttpResponse): boolean {
  const code = errorOf(parse(response.body))?.code;
  return code !== undefined && kindOf(code) !== 'refused';
}

/** What an error of the API says about asking again. */
function kindOf(code: string): FaultKind {
  if (throttling.test(code)) return 'throttled';
  return failing.test(code) && !definite.test(code) ? 'unavailable' : 'refused';
}

function readAnswer(
  action: string,
  host: string,
  response: HttpResponse,
  asking: Asking,
  now: number,
): unknown {
  const answer = parse(response.body);
  const error = errorOf(answer);
  if (error) {
    const kind = kindOf(error.code);
    const request = error.requestId === undefined ? '' : ` (request ${error.requestId})`;
    throw new Fault(
      error.code,
      `${action} was refused for ${asking.identity}${request}`,
      hintFor(error.code, action, asking),
      kind === 'throttled' ? throttled(retryAfter(response.headers, now)) : { kind },
    );
  }
  if (response.status !== 200) {
    throw new Fault(
      `http-${response.status}`,
      `${host} answered ${action} with HTTP ${response.status}`,
      response.status >= 500 || response.status === 429
        ? 'the service is overloaded or down: it is asked again at the next pull'
        : 'check the endpoint, and what stands between this node and it',
      againAfter(response, now),
    );
  }
  const content = memberOf(answer, 'Response');
  if (typeof content === 'object' && content !== null) return content;
  throw new Fault(
    'invalid-response',
    `${host} answered ${action} with something else than an API's JSON`,
    'check the endpoint, and whether a captive portal or proxy intercepts the connection',
  );
}

function unreachable(action: string, url: string, fault: NetworkFault): NetworkFault {
  const elsewhere =
    `; let the node reach ${new URL(url).hostname}, or set endpoint and stsEndpoint to hosts that it reaches ` +
    "(the pull itself needs the instance's public allow-list or a VPC link)";
  const hint = fault.transient ? fault.hint + elsewhere : fault.hint;
  return new NetworkFault(fault.code, `${action}: ${fault.what}`, hint, fault.transient);
}

/** The code and request id of an API's error. Its message is left out: it may quote the request. */
function errorOf(answer: unknown): { code: string; requestId: string | undefined } | undefined {
  const content = memberOf(answer, 'Response');
  const code = memberOf(memberOf(content, 'Error'), 'Code');
  if (code === undefined) return undefined;
  const requestId = memberOf(content, 'RequestId');
  return {
    code: typeof code === 'string' && /^[\w.-]{1,100}$/.test(code) ? code : 'unknown-error',
    requestId: typeof requestId === 'string' && /^[\w-]{1,64}$/.test(requestId) ? requestId : undefined,
  };
}

/** A member of what may be an object. */
export function memberOf(value: unknown, name: string): unknown {
  return (value as Record<string, unknown> | null | undefined)?.[name];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
