/** One exchange of one request and one response, as each runtime carries it out. */

import type { HttpProxy } from './proxy.ts';

export interface Exchange {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly proxy: HttpProxy | undefined;
  /** PEM texts that replace the runtime's default trust. */
  readonly authorities: string[] | undefined;
  /** Milliseconds. */
  readonly connectTimeout: number;
  readonly signal: AbortSignal;
}

export interface Reply {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Rejects with the runtime's own error, or a ConnectTimeout. Follows no redirect. */
export type Transport = (exchange: Exchange) => Promise<Reply>;

/** The most bytes of a body that are read. */
export const bodyLimit = 1024 * 1024;

export class ConnectTimeout extends Error {}

/** `Proxy-Authorization` for a proxy, or undefined when it needs none. */
export function proxyAuthorization(proxy: HttpProxy): string | undefined {
  if (proxy.username === '' && proxy.password === '') return undefined;
  const bytes = new TextEncoder().encode(`${proxy.username}:${proxy.password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}
