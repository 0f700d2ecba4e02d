/** The transport under Bun: its own fetch, the cheapest client in the compiled executable. */

import { bodyLimit, ConnectTimeout, type Exchange, proxyAuthorization, type Reply } from './transport.ts';

/** How long a probe may take to connect once a request has had no answer for its connect timeout, in milliseconds. */
const probeTimeout = 1000;

export async function exchangeWithFetch(exchange: Exchange): Promise<Reply> {
  const unconnected = new AbortController();
  const watch = setTimeout(async () => {
    if (!(await connects(exchange))) unconnected.abort(new ConnectTimeout());
  }, exchange.connectTimeout);
  try {
    const response = await fetch(exchange.url.href, {
      method: exchange.method,
      headers: { 'accept-encoding': 'identity', ...exchange.headers },
      ...(exchange.body !== undefined && { body: exchange.body }),
      ...(exchange.authorities && { tls: { ca: exchange.authorities } }),
      proxy: proxyOption(exchange),
      redirect: 'manual',
      decompress: false,
      keepalive: false,
      signal: AbortSignal.any([exchange.signal, unconnected.signal]),
    } as BunFetchRequestInit);
    const headers = Object.fromEntries(response.headers);
    return { status: response.status, headers, body: wholeOrStream(response, headers) };
  } finally {
    clearTimeout(watch);
  }
}

/** `false` keeps Bun from reading the proxy variables itself: its rules differ from ours for metadata addresses. */
function proxyOption({ proxy }: Exchange): unknown {
  if (proxy === undefined) return false;
  const authorization = proxyAuthorization(proxy);
  return { url: proxy.origin, ...(authorization && { headers: { 'Proxy-Authorization': authorization } }) };
}

/** Bun's fetch says nothing when it has connected, so a late answer is told from no connection by connecting again. */
async function connects({ url, proxy }: Exchange): Promise<boolean> {
  const target = proxy ? new URL(proxy.origin) : url;
  const probe = Bun.connect({
    hostname: target.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(target.port) || (target.protocol === 'https:' ? 443 : 80),
    socket: { open: socket => void socket.end(), data() {} },
  });
  let timer: Timer | undefined;
  const late = new Promise<false>(resolve => {
    timer = setTimeout(resolve, probeTimeout, false);
  });
  const answered = await Promise.race([probe.then(() => true).catch(() => true), late]);
  clearTimeout(timer);
  return answered;
}

/** A body whose length is known to be small is read in one piece: Bun's streams take a millisecond to set up. */
async function* wholeOrStream(
  response: Response,
  headers: Readonly<Record<string, string>>,
): AsyncGenerator<Uint8Array> {
  if (Number(headers['content-length']) <= bodyLimit) yield await response.bytes();
  else if (response.body) yield* response.body;
}
