/** What AWS's refusals mean for an operator. */

import { type Again, Fault } from '../../fault.ts';
import { againAfter, type HttpResponse, retryAfter, throttled } from '../../http.ts';
import type { Io } from '../../io/io.ts';
import { isPassing, isThrottled } from './transport.ts';

export interface AwsCall {
  /** The IAM action that was asked for. */
  readonly action: string;
  /** Who asked, without any secret. */
  readonly who: string;
  readonly region: string;
  /** The last answer that arrived. */
  readonly last: HttpResponse | undefined;
  readonly io: Io;
}

/** AWS refuses signatures that are further off than this, in milliseconds. */
const clockTolerance = 5 * 60_000;

const publicExtra = ' and sts:GetServiceBearerToken';

const hints: readonly (readonly [RegExp, (call: AwsCall) => string])[] = [
  [/AccessDenied|NotAuthorized|Unauthorized/, accessHint],
  [/ExpiredToken|ExpiredTokenException/, () => 'its session or token has ended: renew it'],
  [
    /UnrecognizedClient|InvalidClientTokenId|InvalidAccessKeyId|InvalidIdentityToken|IDPRejected/,
    ({ region }) => `check that the identity exists in the partition of ${region} and is trusted there`,
  ],
  [
    /InvalidSignature|SignatureDoesNotMatch|IncompleteSignature/,
    ({ region }) =>
      `check the secret key, the clock of this node, and that the region ${region} is the endpoint's`,
  ],
  [/RequestExpired|RequestTimeTooSkewed|NotYetValid/, () => 'set the clock of this node right'],
  [
    /Throttl|TooManyRequests|RequestLimitExceeded/,
    () => 'wait; raise the quota of the account if it goes on',
  ],
  [/OptIn|RegionDisabled/, ({ region }) => `enable the region ${region} for the account`],
  [/^(Server|Internal|Service|Http5)/, () => 'AWS has a failure: try again, and see its health dashboard'],
];

/** The Fault for what an SDK call rejected with. Of the answer it tells the code, the status and the request id, no text. */
export function awsFault(error: unknown, call: AwsCall): Fault {
  if (error instanceof Fault) return error;
  const { last, who, action } = call;
  if (last === undefined) {
    return new Fault(
      nameOf(error),
      `${action} cannot be asked as ${who}`,
      'check the shared configuration of AWS',
    );
  }
  const id = requestId(last);
  const status = `HTTP ${last.status}${id ? `, request id ${id}` : ''}`;
  if (last.status < 300) {
    return new Fault(
      'MalformedResponse',
      `the answer to ${action} is not what AWS sends (${status})`,
      'check the endpoint and what intercepts the connection',
    );
  }
  const code = errorCodeOf(last, error);
  const what = `AWS refused ${action} to ${who} in ${call.region} (${status})`;
  const again = againOf(last, call.io);
  const skew = clockSkew(last, call.io);
  if (last.status < 500 && Math.abs(skew) > clockTolerance) {
    const direction = skew > 0 ? 'behind' : 'ahead';
    const minutes = Math.round(Math.abs(skew) / 60_000);
    return new Fault(
      code,
      what,
      `set the clock of this node right: it is ${minutes} minutes ${direction}`,
      again,
    );
  }
  if (/valid region/i.test(last.body) && last.status < 500) {
    return new Fault(
      code,
      what,
      `the endpoint is of another region than ${call.region}: check "region" and the endpoint`,
      again,
    );
  }
  const hint = hints.find(([pattern]) => pattern.test(code))?.[1](call);
  return new Fault(code, what, hint ?? 'look the code up in the documentation of Amazon ECR', again);
}

function againOf(answer: HttpResponse, io: Io): Again {
  if (isThrottled(answer)) return throttled(retryAfter(answer.headers, io.now()));
  return isPassing(answer) ? { kind: 'unavailable' } : againAfter(answer, io.now());
}

function accessHint({ action, who }: AwsCall): string {
  if (action.startsWith('sts:')) return `allow ${action} in the trust policy of the role`;
  const extra = action.startsWith('ecr-public:') ? publicExtra : '';
  return `allow the IAM action ${action}${extra} on resource * for ${who}`;
}

/** AWS's own code, from the header, the JSON or the XML of the answer; `Http503` and the like where there is none. */
function errorCodeOf({ status, headers, body }: HttpResponse, error: unknown): string {
  const candidates = [
    headers['x-amzn-errortype'],
    /"(?:__type|code)"\s*:\s*"([^"]+)"/.exec(body)?.[1],
    /<Code>([^<]+)<\/Code>/.exec(body)?.[1],
    (error as { name?: unknown } | null)?.name,
  ];
  for (const candidate of candidates) {
    const code = typeof candidate === 'string' ? /(?:^|#)(\w{3,80})(?::|$)/.exec(candidate)?.[1] : undefined;
    if (code && !/^(Error|SyntaxError|Unknown\w*|TypeError)$/.test(code)) return code;
  }
  return `Http${status}`;
}

function requestId({ headers, body }: HttpResponse): string | undefined {
  const id =
    headers['x-amzn-requestid'] ?? headers['x-amz-request-id'] ?? /<RequestId>([^<]+)</.exec(body)?.[1];
  return id !== undefined && /^[\w-]{1,64}$/.test(id) ? id : undefined;
}

/** How far this machine's clock is behind AWS's, in milliseconds; 0 when the answer does not tell. */
function clockSkew({ headers }: HttpResponse, io: Io): number {
  const theirs = Date.parse(headers.date ?? '');
  return Number.isNaN(theirs) ? 0 : theirs - io.now();
}

function nameOf(error: unknown): string {
  const name = error instanceof Error ? error.name : '';
  return /^\w+$/.test(name) ? name : 'UnknownError';
}
