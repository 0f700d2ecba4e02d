/** Where an API of Tencent Cloud answers. */

import { Fault } from '../../fault.ts';
import { isLoopback } from '../../http.ts';

/** As the SDK takes it. */
export interface Endpoint {
  readonly protocol: 'https://' | 'http://';
  /** Host, with a port where it is not the usual one. */
  readonly host: string;
}

/** Reads an endpoint option; throws a Fault unless it is a host, or a URL without path, query and user. */
export function readEndpoint(option: 'endpoint' | 'stsEndpoint', text: string): Endpoint {
  const address = text.includes('://') ? text : `https://${text}`;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url?.hostname || url.pathname !== '/' || url.search || url.hash || url.username || url.password) {
    throw new Fault(
      'invalid-endpoint',
      `the entry's ${option} is neither a host nor a URL without a path`,
      'write a host such as tcr.ap-guangzhou.tencentcloudapi.com',
    );
  }
  if (url.protocol === 'https:') return { protocol: 'https://', host: url.host };
  if (url.protocol === 'http:' && isLoopback(url.hostname)) return { protocol: 'http://', host: url.host };
  throw new Fault(
    'insecure-endpoint',
    `the entry's ${option} does not use https`,
    'only an endpoint on a loopback address may be plain http',
  );
}

/** The finance zones' own API domain knows no `TokenType`: every token that it creates is a temporary one. */
export function isFinanceZone(endpoint: Endpoint): boolean {
  return endpoint.host.endsWith('.fincloud.tencent.cn');
}
