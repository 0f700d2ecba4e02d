/** What an ECR host name tells. */

import { describe, expect, test } from 'bun:test';
import { ECRClient } from '@aws-sdk/client-ecr';
import { apiEndpoint, parseEcrHost, partitionOf } from '../../../src/sources/ecr/hosts.ts';

const id = '123456789012';

test.each([
  [`${id}.dkr.ecr.us-east-1.amazonaws.com`, 'us-east-1', 'aws', 'https://api.ecr.us-east-1.amazonaws.com'],
  [
    `${id}.dkr.ecr-fips.us-west-2.amazonaws.com`,
    'us-west-2',
    'aws',
    'https://api.ecr-fips.us-west-2.amazonaws.com',
  ],
  [
    `${id}.dkr.ecr-fips.us-gov-west-1.amazonaws.com`,
    'us-gov-west-1',
    'aws-us-gov',
    'https://api.ecr-fips.us-gov-west-1.amazonaws.com',
  ],
  [`${id}.dkr-ecr.eu-west-1.on.aws`, 'eu-west-1', 'aws', 'https://ecr.eu-west-1.api.aws'],
  [`${id}.dkr-ecr-fips.us-east-1.on.aws`, 'us-east-1', 'aws', 'https://ecr-fips.us-east-1.api.aws'],
  [
    `${id}.dkr.ecr.cn-north-1.amazonaws.com.cn`,
    'cn-north-1',
    'aws-cn',
    'https://api.ecr.cn-north-1.amazonaws.com.cn',
  ],
  [
    `${id}.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn`,
    'cn-north-1',
    'aws-cn',
    'https://ecr.cn-north-1.api.amazonwebservices.com.cn',
  ],
  [
    `${id}.dkr.ecr.us-iso-east-1.c2s.ic.gov`,
    'us-iso-east-1',
    'aws-iso',
    'https://api.ecr.us-iso-east-1.c2s.ic.gov',
  ],
  [
    `${id}.dkr.ecr.us-isob-east-1.sc2s.sgov.gov`,
    'us-isob-east-1',
    'aws-iso-b',
    'https://api.ecr.us-isob-east-1.sc2s.sgov.gov',
  ],
  [
    `${id}.dkr.ecr.eu-isoe-west-1.cloud.adc-e.uk`,
    'eu-isoe-west-1',
    'aws-iso-e',
    'https://api.ecr.eu-isoe-west-1.cloud.adc-e.uk',
  ],
  [
    `${id}.dkr.ecr.us-isof-south-1.csp.hci.ic.gov`,
    'us-isof-south-1',
    'aws-iso-f',
    'https://api.ecr.us-isof-south-1.csp.hci.ic.gov',
  ],
  [
    `${id}.dkr.ecr.eusc-de-east-1.amazonaws.eu`,
    'eusc-de-east-1',
    'aws-eusc',
    'https://api.ecr.eusc-de-east-1.amazonaws.eu',
  ],
  ['public.ecr.aws', 'us-east-1', 'aws', 'https://api.ecr-public.us-east-1.amazonaws.com'],
  ['ecr-public.aws.com', 'us-east-1', 'aws', 'https://ecr-public.us-east-1.api.aws'],
] as const)('%s is in %s of %s and is asked at %s', (host, region, partition, endpoint) => {
  const parsed = parseEcrHost(host);
  expect(parsed).toMatchObject({ region, partition, account: host.startsWith(id) ? id : undefined });
  expect(parsed && apiEndpoint(parsed)).toBe(endpoint);
});

test.each([
  'docker.io',
  '12345678901.dkr.ecr.us-east-1.amazonaws.com',
  `${id}.dkr.ecr.us-east-1.amazonaws.com.evil.example`,
  `x${id}.dkr.ecr.us-east-1.amazonaws.com`,
  `${id}.dkr.ecr.us-east-1.amazonaws.com:443`,
  `${id}.dkr.ecr.us-east-1.amazonawsxcom`,
  `${id}.dkr.ecr..amazonaws.com`,
  'a.public.ecr.aws',
  'constructor',
])('%s is no ECR host', host => {
  expect(parseEcrHost(host)).toBeUndefined();
});

describe('endpoints are those of the rule set of @aws-sdk/client-ecr', () => {
  const regions = [
    'us-east-1',
    'cn-north-1',
    'us-gov-west-1',
    'us-iso-east-1',
    'us-isob-east-1',
    'eu-isoe-west-1',
    'us-isof-south-1',
    'eusc-de-east-1',
    'mars-east-1',
  ];
  const flags = [false, true];
  const rows = regions.flatMap(region =>
    flags.flatMap(fips => flags.map(dualStack => [region, fips, dualStack] as const)),
  );
  test.each(rows)('%s, FIPS %p, dual stack %p', (region, fips, dualStack) => {
    const { endpointProvider } = new ECRClient({ region }).config;
    const theirs = endpointProvider({ Region: region, UseFIPS: fips, UseDualStack: dualStack }).url.href;
    const host = { region, partition: partitionOf(region), fips, dualStack, public: false };
    expect(`${apiEndpoint(host)}/`).toBe(theirs);
  });
});

test.each([
  ['us-east-1.amazonaws.com.cn', 'aws-cn'],
  ['us-east-1.c2s.ic.gov', 'aws-iso'],
  ['us-east-1.amazonaws.eu', 'aws-eusc'],
  ['cn-north-1.amazonaws.com', 'aws'],
  ['us-gov-west-1.amazonaws.com', 'aws-us-gov'],
])('the domain decides on the partition, whatever the region is called: %s', (rest, partition) => {
  expect(parseEcrHost(`${id}.dkr.ecr.${rest}`)?.partition).toBe(partition as 'aws');
});
