/** The transport under Node: npm undici, bundled into the portable file, since Node 20 has no proxy support of its own. */

import { rootCertificates } from 'node:tls';
import { Agent, ProxyAgent, request } from 'undici';
import { type Exchange, proxyAuthorization, type Reply } from './transport.ts';

export async function exchangeWithUndici(exchange: Exchange): Promise<Reply> {
  const dispatcher = dispatcherFor(exchange);
  try {
    const response = await request(exchange.url, {
      dispatcher,
      method: exchange.method as 'GET',
      headers: { ...exchange.headers },
      body: exchange.body ?? null,
      signal: exchange.signal,
    });
    // Waits for the body that the caller still reads, and then lets the process end.
    void dispatcher.close().catch(() => {});
    return { status: response.statusCode, headers: singleValues(response.headers), body: response.body };
  } catch (error) {
    void dispatcher.destroy().catch(() => {});
    throw error;
  }
}

function dispatcherFor({ proxy, authorities, connectTimeout }: Exchange): Agent | ProxyAgent {
  const tls = { ...(authorities && { ca: [...rootCertificates, ...authorities] }), timeout: connectTimeout };
  if (proxy === undefined) return new Agent({ connect: tls, connectTimeout });
  const token = proxyAuthorization(proxy);
  return new ProxyAgent({
    uri: proxy.origin,
    ...(token && { token }),
    requestTls: tls,
    proxyTls: tls,
    connectTimeout,
  });
}

function singleValues(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}
