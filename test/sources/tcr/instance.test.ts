import { afterEach, beforeEach, expect, test } from 'bun:test';
import { tcr } from '../../../src/sources/tcr.ts';
import { faultOf, keys, requestOf, type Setting } from '../../support/tcr-request.ts';
import { startTencent, type Tencent } from '../../support/tencent.ts';

let cloud: Tencent;

beforeEach(async () => {
  cloud = await startTencent();
  cloud.principals.set(keys.secretId, { secretKey: keys.secretKey, username: '100036950234' });
});

afterEach(() => cloud.stop());

function fetchFor(setting: Setting) {
  const { request, io } = requestOf(cloud, { ...setting, options: { ...keys, ...setting.options } });
  return tcr.fetch(request, io);
}

function has(id: string, name: string, region = 'ap-guangzhou', status = 'Running') {
  cloud.instances.push({ id, name, region, status });
}

/** The instance and region that the token was created for. */
function asked(): unknown[] {
  const call = cloud.calls.find(({ action }) => action === 'CreateInstanceToken');
  return [call?.params.RegistryId, call?.region];
}

test('an entry with registryId and region needs one call', async () => {
  has('tcr-abc123', 'team', 'ap-shanghai');
  await fetchFor({ options: { registryId: 'tcr-abc123', region: 'ap-shanghai' } });
  expect(cloud.actions()).toEqual(['CreateInstanceToken']);
  expect(asked()).toEqual(['tcr-abc123', 'ap-shanghai']);
  expect(cloud.calls[0]?.params.TokenType).toBe('temp');
  expect(cloud.calls[0]?.language).toBe('en-US');
});

test('a missing region is looked up by the id, in all regions', async () => {
  has('tcr-other', 'other');
  has('tcr-abc123', 'anything', 'ap-singapore');
  await fetchFor({ options: { registryId: 'tcr-abc123' } });
  expect(cloud.actions()).toEqual(['DescribeInstances', 'CreateInstanceToken']);
  expect(asked()).toEqual(['tcr-abc123', 'ap-singapore']);
});

test('the instance is found by the name in the host, in all regions, and asked in its own', async () => {
  has('tcr-1', 'team-two', 'ap-guangzhou');
  has('tcr-2', 'team', 'na-siliconvalley');
  await fetchFor({ host: 'team.tencentcloudcr.com' });
  expect(asked()).toEqual(['tcr-2', 'na-siliconvalley']);
});

test('a region without a registryId narrows nothing down', async () => {
  has('tcr-2', 'team', 'ap-beijing');
  await fetchFor({ options: { region: 'ap-shanghai' } });
  expect(asked()).toEqual(['tcr-2', 'ap-beijing']);
  expect(cloud.calls[0]?.region).toBe('ap-shanghai');
});

test('a VPC domain leads to the instance without the suffix', async () => {
  has('tcr-1', 'team');
  await fetchFor({ host: 'team-vpc.tencentcloudcr.com' });
  expect(asked()).toEqual(['tcr-1', 'ap-guangzhou']);
});

test.each([
  [0, 1],
  [1, 0],
])(
  'an instance that is itself named team-vpc is the one that team-vpc means, in whatever order (%d, %d)',
  async first => {
    const both = [
      ['tcr-plain', 'team'],
      ['tcr-vpc', 'team-vpc'],
    ] as const;
    has(...(both[first] as (typeof both)[0]));
    has(...(both[1 - first] as (typeof both)[0]));
    await fetchFor({ host: 'team-vpc.tencentcloudcr.com' });
    expect(asked()[0]).toBe('tcr-vpc');
  },
);

test('an instance on a later page is found', async () => {
  for (let i = 0; i < 230; i++) has(`tcr-${i}`, `team-${i}`);
  has('tcr-wanted', 'team', 'ap-beijing');
  await fetchFor({});
  expect(asked()).toEqual(['tcr-wanted', 'ap-beijing']);
  expect(cloud.actions().filter(action => action === 'DescribeInstances')).toHaveLength(3);
});

test('the search ends at the page that has the very instance', async () => {
  has('tcr-wanted', 'team');
  for (let i = 0; i < 230; i++) has(`tcr-${i}`, `team-${i}`);
  await fetchFor({});
  expect(cloud.actions()).toEqual(['DescribeInstances', 'CreateInstanceToken']);
});

test('an instance that does not run is an error that names its status, without a token asked for', async () => {
  has('tcr-abc123', 'team', 'ap-guangzhou', 'Isolate');
  for (const options of [{}, { registryId: 'tcr-abc123' }]) {
    const fault = await faultOf(fetchFor({ options }));
    expect(fault.code).toBe('instance-not-running');
    expect(fault.what).toContain('tcr-abc123 in ap-guangzhou is Isolate');
  }
  expect(cloud.actions()).not.toContain('CreateInstanceToken');
});

test('no instance of that name is an error that names all that were looked for', async () => {
  has('tcr-1', 'team-two');
  const fault = await faultOf(fetchFor({ host: 'team-vpc.tencentcloudcr.com' }));
  expect(fault.code).toBe('instance-not-found');
  expect(fault.what).toContain('named team-vpc or named team ');
});

test('an answer that lists an instance without a region is an error, not a guess', async () => {
  const instance = { RegistryId: 'tcr-1', PublicDomain: 'team.tencentcloudcr.com', Status: 'Running' };
  cloud.fail('DescribeInstances', { response: { TotalCount: 1, Registries: [instance] } });
  expect((await faultOf(fetchFor({}))).code).toBe('invalid-response');
});

test('a custom domain gets the token of the instance that its entry names', async () => {
  has('tcr-abc123', 'team');
  const options = { registryId: 'tcr-abc123', region: 'ap-guangzhou' };
  const credential = await fetchFor({ host: 'registry.example.com', literalHost: true, options });
  expect(cloud.issued.get('100036950234')).toContain(credential?.password);
});

test('one scope stands for one instance: what the identity says is equal for equal tokens only', async () => {
  const scope = async (setting: Setting) => {
    const { request, io } = requestOf(cloud, { ...setting, options: { ...keys, ...setting.options } });
    return (await tcr.identify(request, io)).scope;
  };
  const byId = await scope({ options: { registryId: 'tcr-a' } });
  expect(
    await scope({ host: 'registry.example.com', literalHost: true, options: { registryId: 'tcr-a' } }),
  ).toBe(byId);
  expect(await scope({ options: { registryId: 'tcr-b' } })).not.toBe(byId);
  expect(await scope({ host: 'team.tencentcloudcr.com' })).not.toBe(
    await scope({ host: 'two.tencentcloudcr.com' }),
  );
  expect(cloud.calls).toEqual([]);
});
