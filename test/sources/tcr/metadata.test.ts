import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { tcr } from '../../../src/sources/tcr.ts';
import { prepared, startAccount } from '../../support/tcr-account.ts';
import { faultOf, type Setting } from '../../support/tcr-request.ts';
import type { Tencent } from '../../support/tencent.ts';

let cloud: Tencent;

beforeEach(async () => {
  cloud = await startAccount();
});

afterEach(() => cloud.stop());

describe('with no keys anywhere', () => {
  async function faultFor(setting: Setting) {
    const { request, io } = prepared(cloud, setting);
    return faultOf(tcr.fetch(request, io));
  }

  test('the error says what was tried, in order', async () => {
    cloud.cvmRole = undefined;
    const fault = await faultFor({
      env: { TENCENTCLOUD_SECRET_ID: 'AKIDhalf' },
      files: { '/home/kubelet/.tencentcloud/credentials': '[team]\nsecret_id = x\n' },
    });
    expect(fault.code).toBe('no-credentials');
    expect(fault.what).toEndWith(
      [
        'tried in order: no secretId in the entry',
        'TENCENTCLOUD_SECRET_ID without TENCENTCLOUD_SECRET_KEY',
        '/home/kubelet/.tencentcloud/credentials has no section [default]',
        'no /etc/tencentcloud/credentials',
        'no TKE_WEB_IDENTITY_TOKEN_FILE',
        'no role is bound to this CVM',
      ].join('; '),
    );
  });

  test.each([
    ['hang', 'in time'],
    ['reset', 'closed the connection'],
    [{ status: 500 }, 'HTTP 500'],
    ['html', 'the metadata'],
    [{ status: 302, headers: { location: 'http://127.0.0.1:1/' } }, 'redirect'],
  ] as const)('a metadata service that fails (%j) is asked once, and named last', async (failure, said) => {
    cloud.fail('metadata', failure);
    const fault = await faultFor({});
    expect(fault.code).toBe('no-credentials');
    expect(fault.what.split('; ').at(-1)).toContain(said);
    expect(cloud.actions()).toEqual(['metadata']);
  });

  test('a metadata service that hangs costs a second of the deadline at most', async () => {
    cloud.fail('metadata', 'hang');
    const { request, io } = prepared(cloud, { milliseconds: 30_000 });
    await faultOf(tcr.fetch(request, io));
    expect(request.deadline.remaining()).toBeGreaterThan(25_000);
  });

  test('keys that the metadata cannot give are an error without a call to the API', async () => {
    cloud.fail('metadata', { delay: 0 }, 1);
    cloud.fail('metadata', { response: { Code: 'Failed' } }, 1);
    expect((await faultFor({})).what).toContain('no keys of the role node-role');
  });
});
