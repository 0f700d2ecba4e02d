/** Verifies AWS Signature Version 4 by computing it anew: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html */

import { createHash, createHmac } from 'node:crypto';

export interface SignedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface KnownKeys {
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export type Verdict = { readonly accessKeyId: string } | { readonly code: string; readonly message: string };

/** Who signed the request for that region and service, or AWS's error code for why the signature does not count. */
export function verifySignature(
  request: SignedRequest,
  known: ReadonlyMap<string, KnownKeys>,
  region: string,
  service: string,
  now: number,
): Verdict {
  const authorization = request.headers.authorization ?? '';
  const parts =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      authorization,
    );
  if (!parts) return { code: 'MissingAuthenticationTokenException', message: 'no signature' };
  const [, accessKeyId = '', day = '', signedRegion, signedService, names = '', signature] = parts;
  const keys = known.get(accessKeyId);
  const token = request.headers['x-amz-security-token'];
  if (keys === undefined || keys.sessionToken !== token) {
    return { code: 'UnrecognizedClientException', message: 'the security token is invalid' };
  }
  if (signedRegion !== region || signedService !== service) {
    const message = `Credential should be scoped to a valid region or service, not ${signedRegion}/${signedService}`;
    return { code: 'InvalidSignatureException', message };
  }
  const date = request.headers['x-amz-date'] ?? '';
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? [];
  const signedAt = Date.UTC(Number(y), Number(mo) - 1, Number(d), Number(h), Number(mi), Number(s));
  if (!(Math.abs(now - signedAt) < 5 * 60_000) || !date.startsWith(day)) {
    return { code: 'InvalidSignatureException', message: 'Signature expired' };
  }
  const signed = names.split(';');
  const mustSign = ['host', 'x-amz-date', ...(token === undefined ? [] : ['x-amz-security-token'])];
  if (mustSign.some(name => !signed.includes(name))) {
    return { code: 'IncompleteSignature', message: 'a header is not signed' };
  }
  const query = [...request.query].map(pair => pair.map(encodeURIComponent).join('=')).sort();
  const canonical = [
    request.method,
    request.path,
    query.join('&'),
    ...signed.map(name => `${name}:${(request.headers[name] ?? '').trim().replace(/ +/g, ' ')}`),
    '',
    names,
    sha256(request.body),
  ].join('\n');
  const scope = `${day}/${region}/${service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n');
  const key = [day, region, service, 'aws4_request'].reduce<Buffer | string>(
    hmac,
    `AWS4${keys.secretAccessKey}`,
  );
  if (hmac(key, text).toString('hex') !== signature) {
    return { code: 'InvalidSignatureException', message: 'the signature does not match' };
  }
  return { accessKeyId };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
