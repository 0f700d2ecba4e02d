/** Finds the registry instance behind a host. */

import { Fault } from '../../fault.ts';
import type { SourceRequest } from '../source.ts';
import { memberOf } from './api.ts';
import { type InstanceQuery, publicDomain } from './host.ts';

/** What CreateInstanceToken needs to know. Plain data, fit for a cache: it changes hardly ever. */
export interface Instance {
  readonly registryId: string;
  readonly region: string;
}

/** Calls DescribeInstances with these parameters. */
export type DescribeInstances = (parameters: {
  AllRegion: boolean;
  Limit: number;
  Offset: number;
  Registryids?: string[];
  Filters?: { Name: string; Values: string[] }[];
}) => Promise<unknown>;

const pageSize = 100;
const mostPages = 20;

/**
 * The instance that the query means; without a call when the query names id and region.
 * Rejects with a Fault when there is none, or when it is not running.
 *
 * API: https://cloud.tencent.com/document/api/1141/41569
 */
export async function resolveInstance(query: InstanceQuery, describe: DescribeInstances): Promise<Instance> {
  if ('names' in query) {
    const { names } = query;
    const wanted = names.map(publicDomain);
    const found = await search(
      { Filters: [{ Name: 'RegistryName', Values: [...names] }] },
      describe,
      instance => {
        const rank = wanted.indexOf(instance.domain);
        return rank < 0 ? undefined : rank;
      },
    );
    return running(found, names.map(name => `named ${name}`).join(' or '));
  }
  const { registryId, region } = query;
  if (region !== undefined) return { registryId, region };
  const found = await search({ Registryids: [registryId] }, describe, instance =>
    instance.registryId === registryId ? 0 : undefined,
  );
  return running(found, registryId);
}

/** An instance keeps its id and region for life. */
const instanceLifetime = 24 * 60 * 60 * 1000;

/** The instance that `resolve` finds, looked up once a day on a node; a query that names id and region needs no memory. */
export async function rememberInstance(
  query: InstanceQuery,
  who: string,
  { remember }: Pick<SourceRequest, 'remember'>,
  resolve: () => Promise<Instance>,
): Promise<Instance> {
  if ('region' in query) return resolve();
  const subject = { who, scope: JSON.stringify(query) };
  const fact = await remember(subject, instanceLifetime, async () => {
    const { registryId, region } = await resolve();
    return `${registryId} ${region}`;
  });
  const [registryId = '', region = ''] = fact.split(' ');
  return { registryId, region };
}

interface Described extends Instance {
  readonly domain: string;
  readonly status: string;
}

/** The instance of the lowest rank among all pages; the rank 0 ends the search. */
async function search(
  criteria: { Registryids?: string[]; Filters?: { Name: string; Values: string[] }[] },
  describe: DescribeInstances,
  rankOf: (instance: Described) => number | undefined,
): Promise<Described | undefined> {
  let best: { instance: Described; rank: number } | undefined;
  for (let page = 0; page < mostPages; page++) {
    const answer = await describe({ AllRegion: true, Limit: pageSize, Offset: page * pageSize, ...criteria });
    const registries = memberOf(answer, 'Registries');
    const instances = Array.isArray(registries) ? registries.map(readInstance) : [];
    for (const instance of instances) {
      const rank = rankOf(instance);
      if (rank !== undefined && rank < (best?.rank ?? Number.POSITIVE_INFINITY)) best = { instance, rank };
    }
    const total = Number(memberOf(answer, 'TotalCount') ?? 0);
    if (best?.rank === 0 || instances.length === 0 || (page + 1) * pageSize >= total) break;
  }
  return best?.instance;
}

function running(found: Described | undefined, wanted: string): Instance {
  if (!found) {
    throw new Fault(
      'instance-not-found',
      `this account sees no TCR instance ${wanted} in any region`,
      'check the name, the account of the keys and its right to tcr:DescribeInstances, or set registryId and region',
      { kind: 'refused' },
    );
  }
  const { registryId, region, status } = found;
  if (status !== 'Running') {
    throw new Fault(
      'instance-not-running',
      `the TCR instance ${registryId} in ${region} is ${status}, not Running`,
      "look at it in TCR's console: it may be in the making, or isolated until it is renewed",
      { kind: 'refused' },
    );
  }
  return { registryId, region };
}

function readInstance(registry: unknown): Described {
  const [registryId, region, domain, status] = ['RegistryId', 'RegionName', 'PublicDomain', 'Status'].map(
    name => {
      const value = memberOf(registry, name);
      return typeof value === 'string' && /^[\w.-]{1,300}$/.test(value) ? value : undefined;
    },
  );
  if (registryId !== undefined && region !== undefined && domain !== undefined && status !== undefined) {
    return { registryId, region, domain, status };
  }
  throw new Fault(
    'invalid-response',
    'DescribeInstances lists an instance without id, region, domain or status',
    'set registryId and region in the entry, which saves this call',
  );
}
