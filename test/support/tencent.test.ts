import { afterEach, beforeEach, expect, test } from 'bun:test';
import { fileURLToPath } from 'node:url';
import { keys, startTeam } from './tcr-request.ts';
import type { Tencent } from './tencent.ts';

let cloud: Tencent;

beforeEach(async () => {
  cloud = await startTeam();
});

afterEach(() => cloud.stop());

interface SdkCall {
  readonly service?: 'tcr' | 'sts';
  readonly credential?: object;
  readonly action: string;
  readonly params: object;
  readonly options?: object;
}

interface Outcome {
  readonly answer?: Record<string, unknown>;
  readonly code?: string;
}

async function unmodifiedSdk(...calls: SdkCall[]): Promise<Outcome[]> {
  const script = fileURLToPath(new URL('./unmodified-sdk.mjs', import.meta.url));
  const complete = calls.map(call => ({ service: 'tcr', credential: keys, ...call }));
  const { PATH } = process.env;
  const child = Bun.spawn(['node', script, String(cloud.port), JSON.stringify(complete)], { env: { PATH } });
  return JSON.parse(await new Response(child.stdout).text());
}

const createToken = {
  action: 'CreateInstanceToken',
  params: { RegistryId: 'tcr-abc123', TokenType: 'temp' },
};

test('the double accepts what the unmodified SDK signs', async () => {
  const [token, found] = await unmodifiedSdk(createToken, {
    action: 'DescribeInstances',
    params: { AllRegion: true, Limit: 1 },
  });
  expect(token?.answer?.Username).toBe('100036950234');
  expect([...(cloud.issued.get('100036950234') ?? [])]).toEqual([String(token?.answer?.Token)]);
  expect(found?.answer?.Registries).toMatchObject([{ RegistryId: 'tcr-abc123' }]);
});

test('the double refuses a wrong secret key, an unknown secret id and a session token that it did not give', async () => {
  const outcomes = await unmodifiedSdk(
    { ...createToken, credential: { ...keys, secretKey: 'other' } },
    { ...createToken, credential: { ...keys, secretId: 'AKIDother' } },
    { ...createToken, credential: { ...keys, token: 'other' } },
  );
  expect(outcomes).toEqual([
    { code: 'AuthFailure.SignatureFailure' },
    { code: 'AuthFailure.SecretIdNotFound' },
    { code: 'AuthFailure.TokenFailure' },
  ]);
});

test('the double refuses another service, another host, an old signature and a body changed on the way', async () => {
  await unmodifiedSdk(createToken);
  const { headers, params } = cloud.calls[0] as (typeof cloud.calls)[number];
  const replay = async (changed: Record<string, string>, body: object): Promise<unknown> => {
    const sent = { ...(headers as Record<string, string>), ...changed };
    delete sent['content-length'];
    const response = await fetch(cloud.url, { method: 'POST', headers: sent, body: JSON.stringify(body) });
    return ((await response.json()) as { Response: { Error?: { Code: string } } }).Response.Error?.Code;
  };
  expect(await replay({}, params)).toBeUndefined();
  expect(await replay({}, { ...params, RegistryId: 'tcr-other' })).toBe('AuthFailure.SignatureFailure');
  const authorization = String(headers.authorization).replace('/tcr/', '/cvm/');
  expect(await replay({ authorization }, params)).toBe('AuthFailure.SignatureFailure');
  expect(await replay({ host: 'tcr.example.com' }, params)).toBe('AuthFailure.SignatureFailure');
  cloud.clockSkew = 302_000;
  expect(await replay({}, params)).toBe('AuthFailure.SignatureExpire');
});

test('the double gives keys of a role to the unmodified SDK, signed and unsigned, and takes them', async () => {
  cloud.roles.set('qcs::cam::uin/1:roleName/pull', { username: '200' });
  cloud.webTokens.set('jwt', 'provider');
  const role = { RoleArn: 'qcs::cam::uin/1:roleName/pull', RoleSessionName: 'test' };
  const web = {
    service: 'sts' as const,
    action: 'AssumeRoleWithWebIdentity',
    params: { ...role, ProviderId: 'provider', WebIdentityToken: 'jwt' },
  };
  const [assumed, byWeb, signedWeb] = await unmodifiedSdk(
    { service: 'sts', action: 'AssumeRole', params: role },
    { ...web, credential: {}, options: { skipSign: true } },
    web,
  );
  expect(signedWeb).toEqual({ code: 'InvalidParameter' });
  for (const outcome of [assumed, byWeb]) {
    const given = (outcome?.answer?.Credentials ?? {}) as Record<string, string>;
    const credential = { secretId: given.TmpSecretId, secretKey: given.TmpSecretKey, token: given.Token };
    const [created] = await unmodifiedSdk({ ...createToken, credential });
    expect(created?.answer?.Username).toBe('200');
  }
});
