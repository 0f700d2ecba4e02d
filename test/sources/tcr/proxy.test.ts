/** The usual endpoints, through a CONNECT proxy and TLS, as nodes without a way out of their own have it. */

import { afterEach, beforeEach, expect, test } from 'bun:test';
import { tcr } from '../../../src/sources/tcr.ts';
import { type Authority, canCertify, createAuthority } from '../../support/certificates.ts';
import { connectProxy } from '../../support/sockets.ts';
import { faultOf, keys, requestOf } from '../../support/tcr-request.ts';
import { startTencent, type Tencent } from '../../support/tencent.ts';

const names = ['tcr', 'sts', 'tcr.ap-guangzhou', 'tcr.intl', 'tcr.internal'].map(
  name => `${name}.tencentcloudapi.com`,
);
const finance = 'tcr.api3.fincloud.tencent.cn';
const roleArn = 'qcs::cam::uin/100036950234:roleName/pull';

let authority: Authority;
let cloud: Tencent;
let proxy: Awaited<ReturnType<typeof connectProxy>>;

beforeEach(async () => {
  authority = createAuthority();
  cloud = await startTencent(authority.issue([...names, finance].map(name => `DNS:${name}`).join()));
  cloud.principals.set(keys.secretId, { secretKey: keys.secretKey, username: '100036950234' });
  cloud.roles.set(roleArn, { username: 'role' });
  cloud.instances.push({ id: 'tcr-abc123', name: 'team', region: 'ap-guangzhou', status: 'Running' });
  proxy = await connectProxy('node:password', cloud.port);
});

afterEach(async () => {
  proxy.close();
  await cloud.stop();
  authority.remove();
});

function fetchWith(options: Record<string, string>, env: Record<string, string> = {}) {
  const { request, io } = requestOf(cloud, {
    options: { ...keys, endpoint: '', stsEndpoint: '', ...options },
    env: {
      HTTPS_PROXY: `http://node:password@127.0.0.1:${proxy.port}`,
      SSL_CERT_FILE: authority.file,
      ...env,
    },
  });
  return tcr.fetch(request, io);
}

const behindProxy = test.skipIf(!canCertify);

behindProxy('without any option, STS and the TCR API are asked at their public hosts', async () => {
  expect((await fetchWith({ roleArn }))?.username).toBe('role');
  expect([...new Set(proxy.targets)]).toEqual(['sts.tencentcloudapi.com:443', 'tcr.tencentcloudapi.com:443']);
  expect(cloud.actions()).toEqual(['AssumeRole', 'DescribeInstances', 'CreateInstanceToken']);
});

behindProxy.each(names.filter(name => name.startsWith('tcr.')))(
  '%s is asked when it is the endpoint',
  async endpoint => {
    expect((await fetchWith({ endpoint }))?.username).toBe('100036950234');
    expect([...new Set(proxy.targets)]).toEqual([`${endpoint}:443`]);
    expect(cloud.calls.at(-1)?.params.TokenType).toBe('temp');
  },
);

behindProxy('the finance zones are asked without the parameter that they do not know', async () => {
  await fetchWith({ endpoint: finance });
  expect(proxy.targets[0]).toBe(`${finance}:443`);
  expect(cloud.calls.at(-1)?.params).toEqual({ RegistryId: 'tcr-abc123' });
});

behindProxy('an authority that nobody trusts is an error, and no key goes out', async () => {
  const fault = await faultOf(
    fetchWith({ registryId: 'tcr-abc123', region: 'ap-guangzhou' }, { SSL_CERT_FILE: '' }),
  );
  expect(fault.code).toBe('UnknownAuthority');
  expect(cloud.calls).toEqual([]);
});

behindProxy('the metadata of the CVM is never asked through a proxy', async () => {
  const { request, io } = requestOf(cloud, {
    env: { http_proxy: `http://node:password@127.0.0.1:${proxy.port}`, TENCENTCLOUD_METADATA_ENDPOINT: '' },
  });
  const fault = await faultOf(tcr.fetch(request, io));
  expect(fault.code).toBe('no-credentials');
  expect(fault.what).toContain('metadata.tencentyun.com');
  expect(proxy.connections()).toBe(0);
});
