/** Which host names are ECR registries, and what such a name tells. Every run loads this, so it stays small. */

export interface EcrHostName {
  /** The registry's owner; undefined for ECR Public. */
  readonly account: string | undefined;
  readonly region: string;
  readonly fips: boolean;
  readonly dualStack: boolean;
  readonly public: boolean;
  /** The domain below which the partition has its registries. */
  readonly domain: string;
}

/** The host's account, region and kind, or undefined when it is no ECR host. A host with a port is none. */
export function readEcrHost(host: string): EcrHostName | undefined {
  if (host === 'public.ecr.aws' || host === 'ecr-public.aws.com') {
    const dualStack = host === 'ecr-public.aws.com';
    return {
      account: undefined,
      region: 'us-east-1',
      fips: false,
      dualStack,
      public: true,
      domain: 'amazonaws.com',
    };
  }
  // Private registries as AWS's own tools know them: https://github.com/awslabs/amazon-ecr-credential-helper
  const privateHost =
    /^(\d{12})\.dkr([.-])ecr(-fips)?\.([a-zA-Z0-9][\w-]*)\.(amazonaws\.com|amazonaws\.com\.cn|amazonaws\.eu|on\.aws|on\.amazonwebservices\.com\.cn|c2s\.ic\.gov|sc2s\.sgov\.gov|cloud\.adc-e\.uk|csp\.hci\.ic\.gov)$/;
  const [, account, separator, fips, region, domain] = privateHost.exec(host) ?? [];
  if (account === undefined || region === undefined || domain === undefined) return undefined;
  return {
    account,
    region,
    fips: fips !== undefined,
    dualStack: separator === '-' || domain.startsWith('on.'),
    public: false,
    domain,
  };
}
