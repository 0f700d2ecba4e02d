/** Verifies TC3-HMAC-SHA256 as Tencent Cloud does: https://cloud.tencent.com/document/api/1141/41595 */

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export interface SignedRequest {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface KnownKeys {
  readonly secretKey: string;
  /** The session token that must come along with temporary keys. */
  readonly token?: string | undefined;
}

const authorization =
  /^TC3-HMAC-SHA256 Credential=([^/]+)\/(\d{4}-\d\d-\d\d)\/([^/]+)\/tc3_request, SignedHeaders=([a-z;-]+), Signature=([0-9a-f]{64})$/;

/** The secret id that signed the request, or the error code that Tencent Cloud answers with. */
export function verifyTc3(
  request: SignedRequest,
  service: string,
  keysOf: (secretId: string) => KnownKeys | undefined,
  now: number,
): { secretId: string } | { code: string } {
  const { headers, body } = request;
  const parts = authorization.exec(headers.authorization ?? '');
  if (!parts) return { code: 'AuthFailure.InvalidAuthorization' };
  const [, secretId = '', date = '', scope = '', signedHeaders = '', signature = ''] = parts;

  const timestamp = Number(headers['x-tc-timestamp']);
  if (!(Math.abs(now / 1000 - timestamp) <= 300)) return { code: 'AuthFailure.SignatureExpire' };
  const keys = keysOf(secretId);
  if (!keys) return { code: 'AuthFailure.SecretIdNotFound' };
  if (keys.token !== headers['x-tc-token']) return { code: 'AuthFailure.TokenFailure' };
  if (date !== new Date(timestamp * 1000).toISOString().slice(0, 10))
    return { code: 'AuthFailure.SignatureFailure' };
  if (scope !== service) return { code: 'AuthFailure.SignatureFailure' };

  const names = signedHeaders.split(';');
  if (!names.includes('host') || !names.includes('content-type'))
    return { code: 'AuthFailure.SignatureFailure' };
  const canonicalHeaders = names.map(name => `${name}:${canonicalValue(name, headers)}\n`).join('');
  const canonicalRequest = `POST\n/\n\n${canonicalHeaders}\n${signedHeaders}\n${sha256(body)}`;
  const text = `TC3-HMAC-SHA256\n${timestamp}\n${date}/${service}/tc3_request\n${sha256(canonicalRequest)}`;
  const key = [date, service, 'tc3_request'].reduce<string | Buffer>(
    (chain, part) => createHmac('sha256', chain).update(part).digest(),
    `TC3${keys.secretKey}`,
  );
  const expected = createHmac('sha256', key).update(text).digest();
  return timingSafeEqual(expected, Buffer.from(signature, 'hex'))
    ? { secretId }
    : { code: 'AuthFailure.SignatureFailure' };
}

/** The host is signed without its port, which only a test has. */
function canonicalValue(name: string, headers: IncomingHttpHeaders): string {
  const value = String(headers[name] ?? '').trim();
  return name === 'host' ? value.replace(/:\d+$/, '') : value;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
