/** Which partition and API endpoint belong to an ECR host. */

import { type EcrHostName, readEcrHost } from './host-name.ts';

export type Partition =
  | 'aws'
  | 'aws-cn'
  | 'aws-us-gov'
  | 'aws-iso'
  | 'aws-iso-b'
  | 'aws-iso-e'
  | 'aws-iso-f'
  | 'aws-eusc';

export interface EcrHost extends EcrHostName {
  readonly partition: Partition;
}

/** DNS suffixes of the API, plain and dual stack. */
const suffixes: Readonly<Record<Partition, readonly [string, string]>> = {
  aws: ['amazonaws.com', 'api.aws'],
  'aws-cn': ['amazonaws.com.cn', 'api.amazonwebservices.com.cn'],
  'aws-us-gov': ['amazonaws.com', 'api.aws'],
  'aws-iso': ['c2s.ic.gov', 'api.aws.ic.gov'],
  'aws-iso-b': ['sc2s.sgov.gov', 'api.aws.scloud'],
  'aws-iso-e': ['cloud.adc-e.uk', 'api.cloud-aws.adc-e.uk'],
  'aws-iso-f': ['csp.hci.ic.gov', 'api.aws.hci.ic.gov'],
  'aws-eusc': ['amazonaws.eu', 'api.amazonwebservices.eu'],
};

const regionPrefixes: readonly (readonly [RegExp, Partition])[] = [
  [/^cn-/, 'aws-cn'],
  [/^us-gov-/, 'aws-us-gov'],
  [/^us-iso-/, 'aws-iso'],
  [/^us-isob-/, 'aws-iso-b'],
  [/^eu-isoe-/, 'aws-iso-e'],
  [/^us-isof-/, 'aws-iso-f'],
  [/^eusc-/, 'aws-eusc'],
];

/** Domains of registries that belong to one partition alone; the others are shared by `aws` and `aws-us-gov`. */
const partitionOfDomain = new Map<string, Partition>([
  ['amazonaws.com.cn', 'aws-cn'],
  ['on.amazonwebservices.com.cn', 'aws-cn'],
  ['amazonaws.eu', 'aws-eusc'],
  ['c2s.ic.gov', 'aws-iso'],
  ['sc2s.sgov.gov', 'aws-iso-b'],
  ['cloud.adc-e.uk', 'aws-iso-e'],
  ['csp.hci.ic.gov', 'aws-iso-f'],
]);

/**
 * What an ECR host name tells, with its partition; undefined when it is none. The domain decides, whatever the region is
 * called: a token must not leave its partition for a host that somebody else may own there.
 */
export function parseEcrHost(host: string): EcrHost | undefined {
  const name = readEcrHost(host);
  if (name === undefined) return undefined;
  const shared = name.region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
  return { ...name, partition: partitionOfDomain.get(name.domain) ?? shared };
}

/** The partition that a region belongs to, by its name. */
export function partitionOf(region: string): Partition {
  return regionPrefixes.find(([prefix]) => prefix.test(region))?.[1] ?? 'aws';
}

/** The API endpoint, as the rule set of `@aws-sdk/client-ecr` has it; ECR Public has no FIPS endpoint. */
export function apiEndpoint(host: Omit<EcrHost, 'account' | 'domain'>): string {
  const [plain, dual] = suffixes[host.partition];
  if (host.public) {
    return host.dualStack
      ? `https://ecr-public.${host.region}.${dual}`
      : `https://api.ecr-public.${host.region}.${plain}`;
  }
  const service = host.fips ? 'ecr-fips' : 'ecr';
  return host.dualStack
    ? `https://${service}.${host.region}.${dual}`
    : `https://api.${service}.${host.region}.${plain}`;
}
