/** Which proxy a URL goes through. */

import { describe, expect, test } from 'bun:test';
import { proxyFor } from '../../src/http/proxy.ts';

const HTTPS_PROXY = 'http://proxy.corp:3128';

describe('NO_PROXY', () => {
  test.each([
    ['https://a.example', '', true],
    ['https://a.example', '*', false],
    ['https://a.example', 'b.example,a.example', false],
    ['https://a.example', 'b.example a.example', false],
    ['https://x.a.example', 'a.example', false],
    ['https://xa.example', 'a.example', true],
    ['https://a.example', '.a.example', true],
    ['https://x.a.example', '.a.example', false],
    ['https://x.a.example', '*.a.example', false],
    ['https://A.example', 'a.EXAMPLE', false],
    ['https://a.example:8443', 'a.example:8443', false],
    ['https://a.example', 'a.example:8443', true],
    ['https://a.example', 'a.example:443', false],
    ['https://10.1.2.3', '10.0.0.0/8', false],
    ['https://11.1.2.3', '10.0.0.0/8', true],
    ['https://10.1.2.3', '10.1.2.3', false],
    ['https://10.1.2.3', '10.1.2.0/33', true],
    ['https://10.1.2.3', '10.1.2/24', true],
    ['https://a.example', '0.0.0.0/0', true],
    ['https://[fd00::1]', 'fd00::/8', false],
    ['https://[fd00:0:0::1]', 'fd00::1', false],
    ['https://[fe80::1]', 'fd00::/8', true],
    ['https://[fd00::1]', '0.0.0.0/0', true],
  ])('%s with %p: proxied is %p', (url, NO_PROXY, proxied) => {
    expect(proxyFor(new URL(url), { HTTPS_PROXY, NO_PROXY }) !== undefined).toBe(proxied);
    expect(proxyFor(new URL(url), { HTTPS_PROXY, no_proxy: NO_PROXY }) !== undefined).toBe(proxied);
  });
});

describe('the proxy variables', () => {
  const url = new URL('https://a.example');

  test('HTTPS_PROXY wins over HTTP_PROXY, upper over lower case, and an empty one is none', () => {
    const origin = (env: Record<string, string>) => proxyFor(url, env)?.origin;
    expect(origin({})).toBeUndefined();
    expect(origin({ HTTPS_PROXY: '' })).toBeUndefined();
    expect(origin({ HTTP_PROXY: 'http://b:1', https_proxy: 'http://a:1' })).toBe('http://a:1');
    expect(origin({ HTTPS_PROXY: 'http://a:1', https_proxy: 'http://b:1' })).toBe('http://a:1');
    expect(origin({ HTTPS_PROXY: 'proxy.corp:3128' })).toBe('http://proxy.corp:3128');
  });

  test('a proxy that is no HTTP URL is an error that does not echo it', () => {
    for (const value of ['socks5://user:s3cret@a:1', 'http://user:s3cret@:x:1']) {
      expect(() => proxyFor(url, { HTTPS_PROXY: value })).toThrow(/^HTTPS_PROXY is not the URL(?!.*s3cret)/);
    }
  });

  test('metadata services are never asked through one', () => {
    for (const host of ['169.254.169.254', '[fd00:ec2::254]', '169.254.170.2', 'metadata.tencentyun.com']) {
      expect(proxyFor(new URL(`http://${host}/`), { HTTP_PROXY: HTTPS_PROXY, HTTPS_PROXY })).toBeUndefined();
      expect(proxyFor(new URL(`https://${host}/`), { HTTPS_PROXY })).toBeUndefined();
    }
  });
});
