/** Fetches the credentials of a plan, all at once and each source once. */

import { type ConfiguredSource, hasLiteralHost } from './config/entry.ts';
import type { Config } from './config/load.ts';
import type { Deadline } from './deadline.ts';
import { Fault } from './fault.ts';
import type { Io } from './io/io.ts';
import type { Plan, PlannedCredential } from './plan.ts';
import type { Request } from './protocol.ts';
import type { Credential, SourceRequest } from './sources/source.ts';
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

/** Never rejects for what a source does. A source that does not answer by the deadline is a failure. */
export async function fetchAll(
  plan: Plan,
  request: Request,
  config: Config,
  deadline: Deadline,
  io: Io,
): Promise<Fetching> {
  const started = new Map<string, Promise<Result>>();
  const results = plan.credentials.map(({ entry }: PlannedCredential) => {
    const literalHost = hasLiteralHost(entry.rule);
    const { type, options, directory } = entry.source;
    const id = JSON.stringify([type, options, directory]);
    const sourceRequest = { ...request, options, directory, host: plan.image.host, literalHost, deadline };
    const result = started.get(id) ?? fetchOne(entry.source, sourceRequest, config, io);
    const isRepeated = started.has(id);
    started.set(id, result);
    return { source: entry.source, result, isRepeated };
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

const late = new Fault(
  'timeout',
  'no answer in time',
  'check the network, or raise "timeout" in the configuration',
);

async function fetchOne(
  { type }: ConfiguredSource,
  request: SourceRequest,
  config: Config,
  io: Io,
): Promise<Result> {
  try {
    const source = await loadSource(type);
    const credential = await request.deadline.bound(source.fetch(request, io), late);
    return credential && { credential, goodFor: config.cache.static };
  } catch (error) {
    if (error instanceof Fault) return error;
    const name = error instanceof Error ? error.name : 'unknown error';
    return new Fault('internal', `the source failed in an unforeseen way (${name})`, 'please report this');
  }
}
