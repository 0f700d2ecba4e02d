/** Gets a short-lived token of a TCR instance: keys, instance, token. */

import { Fault } from '../../fault.ts';
import type { Io } from '../../io/io.ts';
import type { Credential, SourceRequest } from '../source.ts';
import { sender } from './api.ts';
import { isFinanceZone, readEndpoint } from './endpoint.ts';
import type { InstanceQuery } from './host.ts';
import { describeIdentity, introduceIdentity, type Selected } from './identity.ts';
import { type Instance, rememberInstance, resolveInstance } from './instance.ts';
import { defaultRegion, obtainKeys } from './keys.ts';
import type { TcrOptions } from './options.ts';
import { tcrClient } from './sdk.ts';
import { readToken } from './token.ts';

/**
 * A token for the instance that `query` means, good for its public, VPC and custom domains.
 * Rejects with a Fault for everything that goes wrong.
 */
export async function fetchToken(
  request: SourceRequest,
  options: TcrOptions,
  query: InstanceQuery,
  selected: Selected,
  io: Io,
): Promise<Credential> {
  const { deadline } = request;
  const endpoint = readEndpoint('endpoint', options.endpoint ?? 'tcr.tencentcloudapi.com');
  const keys = await obtainKeys(selected, { options, deadline, io });
  const identity = introduceIdentity(selected);
  const clientFor = (region: string, instance?: Instance) =>
    tcrClient({
      endpoint,
      region,
      keys,
      now: io.now,
      send: sender({ identity, ...instance }, deadline, io),
    });

  const resolve = () =>
    resolveInstance(query, parameters =>
      clientFor(options.region ?? defaultRegion).DescribeInstances(parameters),
    );
  const create = (instance: Instance) =>
    clientFor(instance.region, instance).CreateInstanceToken({
      RegistryId: instance.registryId,
      ...(isFinanceZone(endpoint) ? {} : { TokenType: 'temp' }),
    });
  const who = `${describeIdentity(selected)} at ${endpoint.host}`;
  const instance = await rememberInstance(query, who, request, resolve);
  const answer = await create(instance).catch(async error => {
    const found = isNotFound(error) ? await resolve() : instance;
    if (found.registryId === instance.registryId && found.region === instance.region) throw error;
    return await create(found);
  });
  return readToken(answer, io.now());
}

/** The code of an instance that is gone, perhaps made anew under the same name since it was looked up. */
function isNotFound(error: unknown): boolean {
  return error instanceof Fault && /^ResourceNotFound|NotExist$/.test(error.code);
}
