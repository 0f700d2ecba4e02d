import { describe, expect, test } from 'bun:test';
import { serves } from '../../../src/sources/serves.ts';
import { instanceNames, instanceQuery } from '../../../src/sources/tcr/host.ts';

describe('hosts that a TCR token may go to, whatever the pattern', () => {
  test.each([
    'team.tencentcloudcr.com',
    'team-vpc.tencentcloudcr.com',
    'ccr.ccs.tencentyun.com',
    'hkccr.ccs.tencentyun.com',
  ])('%s', host => {
    expect(serves('tcr', host)).toBe(true);
  });
});

describe('hosts that no TCR token goes to by a wildcard', () => {
  test.each([
    'tencentcloudcr.com',
    'eviltencentcloudcr.com',
    'team.tencentcloudcr.com.evil.example',
    'team.tencentcloudcr.com:5000',
    'ccs.tencentyun.com',
    'registry.example.com',
    '123456789012.dkr.ecr.us-east-1.amazonaws.com',
    'localhost:5000',
    '[::1]:443',
  ])('%s', host => {
    expect(serves('tcr', host)).toBe(false);
    const options = { registryId: 'tcr-abc123', region: 'ap-guangzhou' };
    expect(() => instanceQuery(host, false, options)).toThrow(
      expect.objectContaining({ code: 'foreign-host' }),
    );
  });
});

test.each([
  ['team.tencentcloudcr.com', ['team']],
  ['team.tencentcloudcr.com:443', ['team']],
  ['team-vpc.tencentcloudcr.com', ['team-vpc', 'team']],
  ['team-vpc-vpc.tencentcloudcr.com', ['team-vpc-vpc', 'team-vpc']],
  ['-vpc.tencentcloudcr.com', ['-vpc']],
  ['a.b.tencentcloudcr.com', []],
  ['registry.example.com', []],
])('%s may belong to an instance named %j', (host, names) => {
  expect(instanceNames(host)).toEqual(names);
});

test('a registry of the personal edition says that only a static entry works for it, even with a registryId', () => {
  for (const host of ['ccr.ccs.tencentyun.com', 'sgccr.ccs.tencentyun.com']) {
    expect(() => instanceQuery(host, true, { registryId: 'tcr-abc123', region: 'ap-guangzhou' })).toThrow(
      expect.objectContaining({ code: 'personal-edition', hint: expect.stringContaining('static entry') }),
    );
  }
});

test('a custom domain needs to be spelled out, and a registryId', () => {
  const host = 'registry.example.com';
  const options = { registryId: 'tcr-abc123', region: 'ap-guangzhou' };
  expect(instanceQuery(host, true, options)).toEqual(options);
  expect(() => instanceQuery(host, true, {})).toThrow(
    expect.objectContaining({ code: 'missing-registry-id' }),
  );
  expect(() => instanceQuery(host, false, options)).toThrow(
    expect.objectContaining({ code: 'foreign-host' }),
  );
});

test('a Tencent host of more labels gets a token of the instance that its entry names, and no guess', () => {
  expect(instanceQuery('a.b.tencentcloudcr.com', false, { registryId: 'tcr-x' })).toEqual({
    registryId: 'tcr-x',
  });
  expect(() => instanceQuery('a.b.tencentcloudcr.com', false, {})).toThrow(
    expect.objectContaining({ code: 'missing-registry-id' }),
  );
});

test('a registryId of the entry wins over the name in the host', () => {
  expect(instanceQuery('team.tencentcloudcr.com', false, { registryId: 'tcr-x' })).toEqual({
    registryId: 'tcr-x',
  });
});
