import { describe, expect, test } from 'bun:test';
import { formatDuration, parseDuration } from '../src/duration.ts';
import { Fault } from '../src/fault.ts';
import { decodeRequest, encodeAnswer, encodeRequest } from '../src/protocol.ts';

const base = {
  kind: 'CredentialProviderRequest',
  apiVersion: 'credentialprovider.kubelet.k8s.io/v1',
  image: 'a.io/b',
};

function decode(value: unknown) {
  return decodeRequest(new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value)));
}

describe('requests that are read', () => {
  test.each(['v1', 'v1beta1', 'v1alpha1'])('version %s', version => {
    const apiVersion = `credentialprovider.kubelet.k8s.io/${version}`;
    expect(decode({ ...base, apiVersion })).toEqual({
      apiVersion,
      image: 'a.io/b',
      serviceAccount: undefined,
    });
  });
  test('with a service account', () => {
    const fields = { serviceAccountToken: 't', serviceAccountAnnotations: { 'a/b': 'c' } };
    expect(decode({ ...base, ...fields }).serviceAccount).toEqual({
      token: 't',
      annotations: { 'a/b': 'c' },
    });
    expect(decode({ ...base, serviceAccountToken: 't' }).serviceAccount).toEqual({
      token: 't',
      annotations: {},
    });
    expect(decode({ ...base, serviceAccountToken: '' }).serviceAccount).toBeUndefined();
  });
  test('with fields of a kubelet to come, white space and a byte order mark', () => {
    expect(decode(`\ufeff \n${JSON.stringify({ ...base, podUid: 7, futures: [{}] })}\r\n\n`).image).toBe(
      'a.io/b',
    );
  });
});

describe('requests that are not', () => {
  test.each<[string, unknown, string]>([
    ['empty', '', 'invalid-request'],
    ['no JSON', 'image: nginx', 'invalid-request'],
    ['half of it', JSON.stringify(base).slice(0, -5), 'invalid-request'],
    ['two of them', JSON.stringify(base).repeat(2), 'invalid-request'],
    ['trailing text', `${JSON.stringify(base)} x`, 'invalid-request'],
    ['a list', [base], 'invalid-request'],
    ['null', null, 'invalid-request'],
    ['no kind', { ...base, kind: undefined }, 'unsupported-kind'],
    ['another kind', { ...base, kind: 'CredentialProviderResponse' }, 'unsupported-kind'],
    ['a kind that is no text', { ...base, kind: { a: 1 } }, 'unsupported-kind'],
    ['no version', { ...base, apiVersion: undefined }, 'unsupported-version'],
    [
      'a version to come',
      { ...base, apiVersion: 'credentialprovider.kubelet.k8s.io/v2' },
      'unsupported-version',
    ],
    ['the version of the config', { ...base, apiVersion: 'kubelet.config.k8s.io/v1' }, 'unsupported-version'],
    ['no image', { ...base, image: undefined }, 'invalid-request'],
    ['an empty image', { ...base, image: '' }, 'invalid-request'],
    ['an image that is no text', { ...base, image: 5 }, 'invalid-request'],
    ['a token that is no text', { ...base, serviceAccountToken: 5 }, 'invalid-request'],
    ['annotations that are no map', { ...base, serviceAccountAnnotations: ['a'] }, 'invalid-request'],
    ['an annotation that is no text', { ...base, serviceAccountAnnotations: { a: 1 } }, 'invalid-request'],
    ['more than 1 MiB', `${JSON.stringify(base)}${' '.repeat(1024 * 1024)}`, 'invalid-request'],
  ])('%s', (_, value, code) => {
    let fault: unknown;
    try {
      decode(value);
    } catch (error) {
      fault = error;
    }
    expect(fault).toBeInstanceOf(Fault);
    expect((fault as Fault).code).toBe(code);
  });
  test('bytes that are no UTF-8', () => {
    expect(() => decodeRequest(new Uint8Array([0x7b, 0xff, 0x7d]))).toThrow('not UTF-8');
  });
  test('their errors quote no token', () => {
    const token = 'eyJhbGciOiJSUzI1NiJ9';
    for (const text of [
      `{"serviceAccountToken":"${token}"`,
      `{"serviceAccountToken":"${token}" x}`,
      `"${token}"`,
    ]) {
      expect(() => decode(text)).toThrow(
        expect.not.objectContaining({ message: expect.stringContaining(token) }) as Error,
      );
    }
  });
});

test('an answer holds the five fields of the API on one line', () => {
  const auth = new Map([['reg.io', { username: 'u', password: 'p"\n', expiresAt: 5 }]]);
  const text = encodeAnswer({
    apiVersion: base.apiVersion,
    cacheKeyType: 'Image',
    cacheDuration: 19_800_000,
    auth,
  });
  expect(text).toBe(
    `{"kind":"CredentialProviderResponse","apiVersion":"${base.apiVersion}","cacheKeyType":"Image","cacheDuration":"5h30m0s","auth":{"reg.io":{"username":"u","password":"p\\"\\n"}}}\n`,
  );
});

test('a request is written as the kubelet writes it', () => {
  expect(encodeRequest({ apiVersion: base.apiVersion, image: 'a.io/b' })).toBe(`${JSON.stringify(base)}\n`);
});

describe('durations are those of Go', () => {
  test.each([
    ['0s', 0, '0s'],
    ['0', 0, '0s'],
    ['250ms', 250, '250ms'],
    ['1.5s', 1500, '1.5s'],
    ['45s', 45_000, '45s'],
    ['1m', 60_000, '1m0s'],
    ['90s', 90_000, '1m30s'],
    ['5h30m', 19_800_000, '5h30m0s'],
    ['1h0.5s', 3_600_500, '1h0m0.5s'],
    ['100us', 0.1, '0s'],
    ['.5h', 1_800_000, '30m0s'],
    ['25h', 90_000_000, '25h0m0s'],
  ])('%s', (text, milliseconds, written) => {
    expect(parseDuration(text)).toBeCloseTo(milliseconds, 6);
    expect(formatDuration(milliseconds)).toBe(written);
  });
  test.each(['', '5', 'm', '-5s', '+5s', '5 s', '5d', '1h 2m', '.s', '1..5s', '5S'])('%j is none', text => {
    expect(parseDuration(text)).toBeUndefined();
  });
});
