/** Which proxy, if any, a request goes through, as the environment says. */

import { Fault } from '../fault.ts';
import { inNetwork, isMetadata, sameAddress } from './address.ts';

export interface HttpProxy {
  /** Scheme, host and port, without the credentials. */
  readonly origin: string;
  readonly username: string;
  readonly password: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy for a URL from HTTPS_PROXY, HTTP_PROXY (when there is no HTTPS_PROXY) and NO_PROXY, or the same names in
 * lower case. Metadata services and plain HTTP (which only metadata services and this machine may be asked with)
 * never go through one. Throws a Fault for a proxy that is not an `http` or `https` URL.
 */
export function proxyFor(url: URL, env: Environment): HttpProxy | undefined {
  if (url.protocol !== 'https:' || isMetadata(url.hostname)) return undefined;
  const name = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'].find(name => env[name]);
  if (name === undefined || bypassed(url, env.NO_PROXY || env.no_proxy || '')) return undefined;
  const text = env[name] ?? '';
  const address = text.includes('://') ? text : `http://${text}`;
  const proxy = URL.canParse(address) ? new URL(address) : undefined;
  if (proxy === undefined || !/^https?:$/.test(proxy.protocol)) {
    throw new Fault(
      'InvalidProxy',
      `${name} is not the URL of an HTTP proxy`,
      `set ${name} to http://host:port, or unset it`,
    );
  }
  return { origin: proxy.origin, username: decoded(proxy.username), password: decoded(proxy.password) };
}

/**
 * True when NO_PROXY names the URL's host: `*`, a name (with its sub-domains), `.suffix` or `*.suffix` (sub-domains
 * only), an address or a network `10.0.0.0/8`; each but a network may end in `:port`. The rules of Go's
 * https://pkg.go.dev/golang.org/x/net/http/httpproxy#Config
 */
function bypassed(url: URL, noProxy: string): boolean {
  const host = url.hostname.toLowerCase();
  const port = url.port || '443';
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .some(entry => {
      if (entry === '' || entry === '*') return entry === '*';
      if (entry.includes('/')) return inNetwork(host, entry);
      if (sameAddress(host, entry)) return true;
      const [, name = '', wantedPort = port] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
      if (wantedPort !== port) return false;
      const suffix = name.replace(/^\*?(?=\.)/, '');
      if (suffix.startsWith('.')) return host.endsWith(suffix);
      return host === suffix || sameAddress(host, suffix) || host.endsWith(`.${suffix}`);
    });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
