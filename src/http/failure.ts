/** Tells the runtimes' network errors apart and says each one the same way. */

import { Fault } from '../fault.ts';
import { errorCode } from '../io/io.ts';
import type { HttpProxy } from './proxy.ts';
import { ConnectTimeout } from './transport.ts';

/** A Fault of the network; `transient` when the same request may well succeed a moment later. */
export class NetworkFault extends Fault {
  readonly transient: boolean;

  constructor(code: string, what: string, hint: string, transient: boolean) {
    super(code, what, hint);
    this.name = 'NetworkFault';
    this.transient = transient;
  }
}

const trustHint =
  'add the authority that signed it to the system store, or name its file in NODE_EXTRA_CA_CERTS or SSL_CERT_FILE';
const routeHint = 'check the route, the firewall and the proxy settings of this node';

/** Code, what happened to `%`, what to do, and whether to try again, by the runtimes' error codes. */
const kinds: readonly (readonly [RegExp, string, string, string, boolean])[] = [
  [
    /^(ENOTFOUND|EAI_\w+|DNS\w*)$/,
    'NameNotResolved',
    'the name of % does not resolve',
    'check the host name and the DNS of this node',
    true,
  ],
  [/^(ECONNREFUSED|ConnectionRefused)$/, 'ConnectionRefused', '% refused the connection', routeHint, true],
  [/^(EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL)$/, 'Unreachable', '% is unreachable', routeHint, true],
  [/^(ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)$/, 'ConnectTimeout', 'no connection to % in time', routeHint, true],
  [
    /^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/,
    'CertificateExpired',
    'the certificate of % is not valid at this time',
    'check the clock of this node, then renew the certificate',
    false,
  ],
  [
    /ALTNAME|HOSTNAME_MISMATCH/,
    'CertificateNameMismatch',
    'the certificate of % is for another name',
    'check the host name and what intercepts the connection',
    false,
  ],
  [
    /SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)|UNKNOWN_CA|CERT_UNTRUSTED|INVALID_CA/,
    'UnknownAuthority',
    'the certificate of % is from an unknown authority',
    trustHint,
    false,
  ],
  [
    /CERT|SSL|TLS/,
    'TlsFailed',
    'no TLS connection to %',
    'check that % speaks TLS and what intercepts the connection',
    false,
  ],
  [
    /^HPE_|PARSE|^InvalidHTTP|^Malformed/i,
    'MalformedResponse',
    'the answer of % is not HTTP',
    'check the address and what intercepts the connection',
    false,
  ],
];

/** The Fault for what a transport rejected with. `stage` tells a lost connection from a response cut short. */
export function networkFault(
  error: unknown,
  url: URL,
  proxy: HttpProxy | undefined,
  stage: 'request' | 'response',
): NetworkFault {
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  const via = proxy ? ` (through the proxy ${new URL(proxy.origin).host})` : '';
  const subject = `${url.hostname}:${port}${via}`;
  if (error instanceof ConnectTimeout) {
    return new NetworkFault('ConnectTimeout', `no connection to ${subject} in time`, routeHint, true);
  }
  const tunnel = /(?:^Proxy refused to open a tunnel: |^Proxy response \()(\d{3})/.exec(messageOf(error));
  if (tunnel) {
    const status = tunnel[1] ?? '';
    const hint =
      status === '407' ? 'put the user name and password into the proxy URL' : 'ask who runs the proxy';
    return new NetworkFault(
      `Proxy${status}`,
      `the proxy refused a tunnel to ${subject} with HTTP ${status}`,
      hint,
      status.startsWith('5'),
    );
  }
  if (isTimeout(error)) {
    return new NetworkFault('Timeout', `no answer from ${subject} in time`, routeHint, true);
  }
  const code = errorCode(error) ?? errorCode((error as { cause?: unknown } | null)?.cause) ?? '';
  for (const [pattern, name, what, hint, transient] of kinds) {
    if (pattern.test(code)) {
      return new NetworkFault(name, what.replace('%', subject), hint.replace('%', subject), transient);
    }
  }
  return stage === 'request'
    ? new NetworkFault(
        'ConnectionReset',
        `${subject} closed the connection without an answer`,
        routeHint,
        true,
      )
    : new NetworkFault('Truncated', `the answer of ${subject} was cut short`, routeHint, true);
}

function isTimeout(error: unknown): boolean {
  const name = (error as { name?: unknown } | null)?.name;
  return name === 'TimeoutError' || name === 'AbortError';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : '';
}
