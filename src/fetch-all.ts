/** Fetches the credentials of a plan, all at once and each source once. */

import { type ConfiguredSource, type Entry, hasLiteralHost } from './config/entry.ts';
import type { Config } from './config/load.ts';
import type { Deadline } from './deadline.ts';
import { Fault } from './fault.ts';
import type { Reference } from './image/reference.ts';
import type { Io } from './io/io.ts';
import type { Plan, PlannedCredential } from './plan.ts';
import type { Request } from './protocol.ts';
import type { Credential, ServiceAccount, SourceRequest } from './sources/source.ts';
import { loadSource } from './sources/sources.ts';

export interface Fetched {
  readonly credential: Credential;
  /** Milliseconds for which the kubelet may cache it. */
  readonly goodFor: number;
}

export interface Failure {
  readonly source: ConfiguredSource;
  readonly fault: Fault;
}

export interface Fetching {
  /** In the order of the plan; sources that have no credential for the host are left out. */
  readonly fetched: readonly Fetched[];
  readonly failures: readonly Failure[];
}

type Result = Fetched | Fault | undefined;

/** The request to an entry's source on behalf of an image. */
export function sourceRequestFor(
  { rule, source: { options, directory } }: Entry,
  image: Reference,
  serviceAccount: ServiceAccount | undefined,
  deadline: Deadline,
): SourceRequest {
  return {
    options,
    directory,
    host: image.host,
    literalHost: hasLiteralHost(rule),
    serviceAccount,
    deadline,
  };
}

/** The end of a run's time that sources may not use, so that their own errors come out, in milliseconds at most. */
const grace = 200;

/** Never rejects for what a source does. A source that does not answer by the deadline is a failure. */
export async function fetchAll(
  plan: Plan,
  request: Request,
  config: Config,
  deadline: Deadline,
  io: Io,
): Promise<Fetching> {
  const sourceDeadline = deadline.earlier(Math.min(grace, config.timeout / 10));
  const started = new Map<string, Promise<Result>>();
  const results = plan.credentials.map(({ entry }: PlannedCredential) => {
    const { source } = entry;
    const id = JSON.stringify([source.type, source.options, source.directory]);
    const isRepeated = started.has(id);
    const sourceRequest = sourceRequestFor(entry, plan.image, request.serviceAccount, sourceDeadline);
    const result = started.get(id) ?? fetchOne(source, sourceRequest, config, deadline, io);
    started.set(id, result);
    return { source, result, isRepeated };
  });

  const fetched: Fetched[] = [];
  const failures: Failure[] = [];
  for (const { source, result, isRepeated } of results) {
    const outcome = await result;
    if (outcome instanceof Fault) {
      if (!isRepeated) failures.push({ source, fault: outcome });
    } else if (outcome !== undefined) fetched.push(outcome);
  }
  return { fetched, failures };
}

const lateHint = 'check the network, or raise "timeout" in the configuration';

async function fetchOne(
  { type }: ConfiguredSource,
  request: SourceRequest,
  config: Config,
  deadline: Deadline,
  io: Io,
): Promise<Result> {
  try {
    const source = await loadSource(type);
    const late = new Fault('timeout', 'no answer in time', lateHint);
    const credential = await deadline.bound(source.fetch(request, io), late);
    return credential && { credential, goodFor: config.cache.static };
  } catch (error) {
    if (error instanceof Fault) return error;
    const name = error instanceof Error ? error.name : 'unknown error';
    return new Fault('internal', `the source failed in an unforeseen way (${name})`, 'please report this');
  }
}
