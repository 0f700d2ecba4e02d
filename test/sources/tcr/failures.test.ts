import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { faultLine } from '../../../src/fault.ts';
import { tcr } from '../../../src/sources/tcr.ts';
import { faultOf, keys, requestOf, type Setting, startTeam } from '../../support/tcr-request.ts';
import type { Failure, Tencent } from '../../support/tencent.ts';

const instance = { registryId: 'tcr-abc123', region: 'ap-guangzhou' };

let cloud: Tencent;

beforeEach(async () => {
  cloud = await startTeam();
});

afterEach(() => cloud.stop());

function fetchFor(setting: Setting = {}) {
  const { request, io } = requestOf(cloud, {
    ...setting,
    options: { ...instance, ...keys, ...setting.options },
  });
  return tcr.fetch(request, io);
}

/** No text for the operator may hold a key, a token, or what the server's body said. */
async function harmlessFault(promise: Promise<unknown>) {
  const fault = await faultOf(promise);
  const line = faultLine('tcr', fault);
  for (const secret of [keys.secretKey, 'sk-private-detail', 'Signature=', 'hotel', 'xxxx']) {
    expect(line).not.toContain(secret);
  }
  return fault;
}

function tokenCalls(): number {
  return cloud.actions().filter(action => action === 'CreateInstanceToken').length;
}

describe('what passes is tried again and then succeeds', () => {
  test.each([
    [{ code: 'InternalError' }],
    [{ code: 'InternalError.DbError' }],
    [{ code: 'InternalError.ErrorTcrInternal' }],
    [{ code: 'RequestLimitExceeded' }],
    [{ code: 'RequestLimitExceeded.UinLimitExceeded' }],
    [{ status: 500 }],
    [{ status: 503 }],
    [{ status: 429 }],
    ['reset'],
    ['truncated'],
  ] as Failure[][])('%j', async failure => {
    cloud.fail('CreateInstanceToken', failure as Failure, 2);
    expect((await fetchFor())?.username).toBe('100036950234');
    expect(tokenCalls()).toBe(3);
  });

  test('a slow answer within the deadline is an answer', async () => {
    cloud.fail('CreateInstanceToken', { delay: 50 }, 1);
    expect((await fetchFor())?.username).toBe('100036950234');
    expect(tokenCalls()).toBe(1);
  });
});

describe('what lasts is an error with a code after three attempts', () => {
  test.each([
    [{ code: 'InternalError.DbError' }, 'InternalError.DbError'],
    [{ code: 'RequestLimitExceeded' }, 'RequestLimitExceeded'],
    [{ status: 500 }, 'http-500'],
    [{ status: 429 }, 'http-429'],
    ['reset', 'ConnectionReset'],
    ['truncated', 'Truncated'],
  ] as [Failure, string][])('%j', async (failure, code) => {
    cloud.fail('CreateInstanceToken', failure);
    expect((await harmlessFault(fetchFor())).code).toBe(code);
    expect(tokenCalls()).toBe(3);
  });
});

describe('what will not pass is an error at once', () => {
  test.each([
    ['html', 'invalid-response', 'captive portal'],
    ['huge', 'ResponseTooLarge', 'intercepts'],
    [{ status: 302, headers: { location: 'http://127.0.0.1:1/' } }, 'Redirected', 'no redirect is followed'],
    [{ status: 404 }, 'http-404', 'endpoint'],
    [{ status: 403, body: '<html>blocked by hotel' }, 'http-403', 'endpoint'],
    [{ response: null }, 'invalid-response', 'endpoint'],
    [{ response: { Username: '1', Token: 'xxxx' } }, 'invalid-response', 'endpoint'],
    [{ response: { Username: '1', Token: 'xxxx', ExpTime: 1_600_000_000_000 } }, 'expired-token', 'clock'],
    [
      { code: 'InternalError.ErrorTcrUnauthorized' },
      'InternalError.ErrorTcrUnauthorized',
      'tcr:CreateInstanceToken',
    ],
    [{ code: 'InternalError.ErrNotExist' }, 'InternalError.ErrNotExist', 'registryId'],
    [
      { code: 'UnauthorizedOperation.CamNoAuth' },
      'UnauthorizedOperation.CamNoAuth',
      'tcr:CreateInstanceToken',
    ],
    [{ code: 'SomethingNew' }, 'SomethingNew', 'look the code up'],
    [{ code: 'evil\ncode sk-private-detail' }, 'unknown-error', 'look the code up'],
  ] as [Failure, string, string][])('%j', async (failure, code, hint) => {
    cloud.fail('CreateInstanceToken', failure);
    const fault = await harmlessFault(fetchFor());
    expect(fault.code).toBe(code);
    expect(fault.hint).toContain(hint);
    expect(tokenCalls()).toBe(1);
  });
});

describe('the deadline', () => {
  test('ends a server that hangs', async () => {
    cloud.fail('CreateInstanceToken', 'hang');
    const fault = await harmlessFault(fetchFor({ milliseconds: 300 }));
    expect(fault.code).toBe('Timeout');
    expect(fault.what).toContain('CreateInstanceToken');
  });

  test('ends a server that throttles for longer', async () => {
    cloud.fail('CreateInstanceToken', { status: 429, headers: { 'retry-after': '3600' } });
    expect((await harmlessFault(fetchFor({ milliseconds: 5000 }))).code).toBe('http-429');
    expect(tokenCalls()).toBe(1);
  });
});

describe('refusals by the API itself', () => {
  test('a denied CreateInstanceToken tells the whole CAM policy, who asked, and the request id', async () => {
    cloud.principals.set(keys.secretId, {
      secretKey: keys.secretKey,
      username: '1',
      denied: ['CreateInstanceToken'],
    });
    const fault = await harmlessFault(fetchFor());
    expect(fault.code).toBe('AuthFailure.UnauthorizedOperation');
    expect(fault.what).toMatch(
      /^CreateInstanceToken was refused for AKIDkubelet of the entry \(request [0-9a-f-]{36}\)$/,
    );
    expect(fault.hint).toContain(
      '{"version":"2.0","statement":[{"effect":"allow","action":["tcr:CreateInstanceToken"],"resource":["qcs::tcr:ap-guangzhou::instance/tcr-abc123"]}]}',
    );
    expect(fault.hint).toContain('QcloudTCRReadOnlyAccess');
  });

  test('a denied DescribeInstances tells the policy and how to do without it', async () => {
    cloud.principals.set(keys.secretId, {
      secretKey: keys.secretKey,
      username: '1',
      denied: ['DescribeInstances'],
    });
    const fault = await harmlessFault(fetchFor({ options: { registryId: '', region: '' } }));
    expect(fault.hint).toContain('"action":["tcr:DescribeInstances","tcr:CreateInstanceToken"]');
    expect(fault.hint).toContain('set registryId and region');
  });

  test('a denied AssumeRole tells the policy and the trust of the role', async () => {
    cloud.principals.set(keys.secretId, { secretKey: keys.secretKey, username: '1', denied: ['AssumeRole'] });
    const fault = await harmlessFault(fetchFor({ options: { roleArn: 'qcs::cam::uin/1:roleName/pull' } }));
    expect(fault.hint).toContain('"action":["sts:AssumeRole"],"resource":["qcs::cam::uin/1:roleName/pull"]');
    expect(fault.hint).toContain('trust');
  });

  test.each([
    ['a wrong secret key', { secretKey: 'sk-wrong' }, 'AuthFailure.SignatureFailure', 'secret key'],
    ['an unknown key', { secretId: 'AKIDgone' }, 'AuthFailure.SecretIdNotFound', 'exists and is enabled'],
    [
      'a stale session token',
      { token: 'session-old' },
      'AuthFailure.TokenFailure',
      'session token is expired',
    ],
    [
      'a wrong region',
      { region: 'ap-beijing' },
      'ResourceNotFound.TcrResourceNotFound',
      'tcr-abc123 exists in ap-beijing',
    ],
  ])('%s', async (_name, options, code, hint) => {
    const fault = await harmlessFault(fetchFor({ options }));
    expect(fault.code).toBe(code);
    expect(fault.hint).toContain(hint);
    expect(fault.message).not.toContain('session-old');
    expect(tokenCalls()).toBe(1);
  });

  test('a clock that is wrong', async () => {
    const fault = await harmlessFault(fetchFor({ now: () => Date.now() - 3_600_000 }));
    expect(fault.code).toBe('AuthFailure.SignatureExpire');
    expect(fault.hint).toContain('clock');
  });

  test('an instance that does not run', async () => {
    cloud.instances.splice(0, 1, {
      id: 'tcr-abc123',
      name: 'team',
      region: 'ap-guangzhou',
      status: 'Isolate',
    });
    const fault = await harmlessFault(fetchFor());
    expect(fault.code).toBe('ResourceInsufficient.ErrorInstanceNotRunning');
    expect(fault.hint).toContain('isolated');
  });
});

describe('the way to the API', () => {
  test('a refused connection names the host, and the endpoints that may be reachable', async () => {
    await cloud.stop();
    const fault = await harmlessFault(fetchFor());
    expect(fault.code).toBe('ConnectionRefused');
    expect(fault.hint).toContain('set endpoint');
    expect(fault.hint).toContain('allow-list or a VPC link');
  });

  test('a proxy is used as everywhere, and told in the error', async () => {
    const options = { endpoint: 'https://tcr.ap-guangzhou.tencentcloudapi.com' };
    const env = { HTTPS_PROXY: 'http://user:proxy-password@127.0.0.1:1' };
    const fault = await harmlessFault(fetchFor({ options, env }));
    expect(fault.what).toContain('tcr.ap-guangzhou.tencentcloudapi.com:443 (through the proxy 127.0.0.1:1)');
    expect(fault.message).not.toContain('proxy-password');
  });

  test('a proxy is not used for the loopback address, in upper or lower case', async () => {
    const proxy = 'http://127.0.0.1:1';
    const env = { http_proxy: proxy, HTTP_PROXY: proxy, https_proxy: proxy };
    expect((await fetchFor({ env }))?.username).toBe('100036950234');
  });

  test.each([
    ['http://tcr.tencentcloudapi.com', 'insecure-endpoint'],
    ['http://10.0.0.1:8080', 'insecure-endpoint'],
    ['ftp://tcr.tencentcloudapi.com', 'insecure-endpoint'],
    ['https://tcr.tencentcloudapi.com/path', 'invalid-endpoint'],
    ['https://user:pass@tcr.tencentcloudapi.com', 'invalid-endpoint'],
    ['tcr tencentcloudapi com', 'invalid-endpoint'],
  ])('%s is no endpoint', async (endpoint, code) => {
    expect((await harmlessFault(fetchFor({ options: { endpoint } }))).code).toBe(code);
    const roleArn = 'qcs::cam::uin/1:roleName/pull';
    expect((await harmlessFault(fetchFor({ options: { stsEndpoint: endpoint, roleArn } }))).code).toBe(code);
    expect(cloud.calls).toEqual([]);
  });
});
