/** What a registry host of Tencent Cloud says about the instance behind it. */

import { Fault } from '../../fault.ts';
import { bare, enterpriseSuffix, isEnterprise, isPersonal } from './host-name.ts';
import type { TcrOptions } from './options.ts';

const vpcSuffix = '-vpc';

/**
 * The names that the instance may have, the more literal one first: `team-vpc.tencentcloudcr.com` is the public
 * domain of an instance `team-vpc` or the VPC domain of an instance `team`, and only the API can tell.
 * Empty for a custom domain, which names no instance. Throws a Fault for the personal edition.
 *
 * Source of the rule: https://cloud.tencent.com/document/api/1141/41568 (VpcAndDomainInfo, UsePublicDomain).
 */
export function instanceNames(host: string): string[] {
  if (isPersonal(host)) {
    throw new Fault(
      'personal-edition',
      `${host} is a registry of TCR's personal edition, which gives out no short-lived tokens`,
      "use a static entry for it: the account's UIN as username, the registry password set in the console as password",
    );
  }
  if (!isEnterprise(host)) return [];
  const name = bare(host).slice(0, -enterpriseSuffix.length);
  if (name.includes('.')) return [];
  return name.endsWith(vpcSuffix) && name.length > vpcSuffix.length
    ? [name, name.slice(0, -vpcSuffix.length)]
    : [name];
}

/** Which instance a token is for: named by its id (and region), or to be found by name. Plain data, fit for a cache key. */
export type InstanceQuery =
  | { readonly registryId: string; readonly region?: string }
  | { readonly names: readonly string[] };

/** What the entry and the host say about the instance; throws a Fault when that is not enough to find it. */
export function instanceQuery(host: string, literalHost: boolean, options: TcrOptions): InstanceQuery {
  const names = instanceNames(host);
  const { registryId, region } = options;
  if (!isEnterprise(host) && !literalHost) {
    throw new Fault(
      'foreign-host',
      `${host} is no host of Tencent Cloud, and the entry reaches it by a wildcard only`,
      'a custom domain needs an entry that spells the host out',
    );
  }
  if (registryId !== undefined) return region === undefined ? { registryId } : { registryId, region };
  if (names.length > 0) return { names };
  throw new Fault(
    'missing-registry-id',
    `${host} does not tell which TCR instance it belongs to`,
    'set registryId (tcr-…) in the entry: Tencent Cloud has no look-up by custom domain',
  );
}

/** The public domain of an instance with its default domain. */
export function publicDomain(instanceName: string): string {
  return instanceName + enterpriseSuffix;
}
