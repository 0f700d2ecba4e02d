/** Which API to ask for a request: what the host says, changed by options and environment. */

import { Fault } from '../../fault.ts';
import type { Io } from '../../io/io.ts';
import type { SourceRequest } from '../source.ts';
import { apiEndpoint, type EcrHost, parseEcrHost, partitionOf } from './hosts.ts';

export interface Target extends Omit<EcrHost, 'domain'> {
  /** The API's URL. */
  readonly endpoint: string;
  /** True when an option or the environment names the endpoint; FIPS and dual stack then choose nothing. */
  readonly endpointConfigured: boolean;
}

/**
 * The API to ask. A host that is no ECR host needs an entry that spells it out, with a `region`; anything else rejects
 * with a Fault.
 */
export function resolveTarget({ options, host, literalHost }: SourceRequest, io: Io): Target {
  const parsed = parseEcrHost(host);
  const region = text(options.region) ?? parsed?.region;
  if (parsed === undefined && !literalHost) {
    throw new Fault(
      'ForeignHost',
      `${host} is no ECR registry and the entry's pattern has wildcards`,
      'spell the host out in the entry if it stands for an ECR registry',
    );
  }
  if (region === undefined) {
    throw new Fault(
      'RegionMissing',
      `${host} does not say which AWS region its registry is in`,
      'set "region" in the entry',
    );
  }
  const base = {
    account: parsed?.account,
    region,
    partition: parsed?.partition ?? partitionOf(region),
    fips: flag(options.fips) ?? (parsed?.fips === true || isTrue(io.env.AWS_USE_FIPS_ENDPOINT)),
    dualStack:
      flag(options.dualStack) ?? (parsed?.dualStack === true || isTrue(io.env.AWS_USE_DUALSTACK_ENDPOINT)),
    public: parsed?.public ?? false,
  };
  const configured = text(options.endpoint) ?? configuredEndpoint(base.public ? 'ECR_PUBLIC' : 'ECR', io);
  return { ...base, endpoint: configured ?? apiEndpoint(base), endpointConfigured: configured !== undefined };
}

/** An endpoint from the environment: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html */
export function configuredEndpoint(service: 'ECR' | 'ECR_PUBLIC' | 'STS', io: Io): string | undefined {
  if (isTrue(io.env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS)) return undefined;
  return io.env[`AWS_ENDPOINT_URL_${service}`] || io.env.AWS_ENDPOINT_URL || undefined;
}

/** AWS's own reading of a boolean variable. */
export function isTrue(value: string | undefined): boolean {
  return value?.toLowerCase() === 'true';
}

/** A text option, or undefined when it is absent or empty. */
export function text(option: string | boolean | undefined): string | undefined {
  return typeof option === 'string' && option !== '' ? option : undefined;
}

function flag(option: string | boolean | undefined): boolean | undefined {
  return typeof option === 'boolean' ? option : undefined;
}
