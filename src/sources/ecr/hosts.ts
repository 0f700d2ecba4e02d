/** What an ECR host name tells, and which API endpoint belongs to it. */

export type Partition =
  | 'aws'
  | 'aws-cn'
  | 'aws-us-gov'
  | 'aws-iso'
  | 'aws-iso-b'
  | 'aws-iso-e'
  | 'aws-iso-f'
  | 'aws-eusc';

export interface EcrHost {
  /** The registry's owner; undefined for ECR Public. */
  readonly account: string | undefined;
  readonly region: string;
  readonly partition: Partition;
  readonly fips: boolean;
  readonly dualStack: boolean;
  readonly public: boolean;
}

/** Private registries as AWS's own tools know them: https://github.com/awslabs/amazon-ecr-credential-helper */
const privateHost =
  /^(\d{12})\.dkr([.-])ecr(-fips)?\.([a-zA-Z0-9][\w-]*)\.(amazonaws\.com|amazonaws\.com\.cn|amazonaws\.eu|on\.aws|on\.amazonwebservices\.com\.cn|c2s\.ic\.gov|sc2s\.sgov\.gov|cloud\.adc-e\.uk|csp\.hci\.ic\.gov)$/;

const publicHosts: Readonly<Record<string, { readonly dualStack: boolean }>> = {
  'public.ecr.aws': { dualStack: false },
  'ecr-public.aws.com': { dualStack: true },
};

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

/** The host's account, region and kind, or undefined when it is no ECR host. A host with a port is none. */
export function parseEcrHost(host: string): EcrHost | undefined {
  const known = Object.hasOwn(publicHosts, host) ? publicHosts[host] : undefined;
  if (known) {
    const { dualStack } = known;
    return {
      account: undefined,
      region: 'us-east-1',
      partition: 'aws',
      fips: false,
      dualStack,
      public: true,
    };
  }
  const [, account, separator, fips, region, suffix] = privateHost.exec(host) ?? [];
  if (account === undefined || region === undefined) return undefined;
  return {
    account,
    region,
    partition: partitionOf(region),
    fips: fips !== undefined,
    dualStack: separator === '-' || (suffix ?? '').startsWith('on.'),
    public: false,
  };
}

/** The partition that a region belongs to, by its name. */
export function partitionOf(region: string): Partition {
  return regionPrefixes.find(([prefix]) => prefix.test(region))?.[1] ?? 'aws';
}

/** The API endpoint, as the rule set of `@aws-sdk/client-ecr` has it; ECR Public has no FIPS endpoint. */
export function apiEndpoint(host: Omit<EcrHost, 'account'>): string {
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
