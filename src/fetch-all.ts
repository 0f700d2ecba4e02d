/** Asks the sources of a plan for their credentials, all at once. */

import type { Outcome } from './cache/outcome.ts';
import { type ConfiguredSource, type Entry, hasLiteralHost } from './config/entry.ts';
import type { CacheConfig, Config } from './config/load.ts';
import type { Deadline } from './deadline.ts';
import { Fault } from './fault.ts';
import type { Reference } from './image/reference.ts';
import type { Io } from './io/io.ts';
import type { Plan } from './plan.ts';
import type { Request } from './protocol.ts';
import { givesTokens } from './sources/serves.ts';
import type { ServiceAccount, SourceRequest } from './sources/source.ts';
import { loadSource } from './sources/sources.ts';

/** What a source of the plan came to. */
export interface Asked {
  readonly source: ConfiguredSource;
  readonly outcome: Outcome;
  /** Milliseconds for which the kubelet may cache what it got; whole seconds where a token's life decides. */
  readonly goodFor: number;
}

/** The request to an entry's source on behalf of an image. */
export function sourceRequestFor(
  entry: Entry,
  image: Reference,
  serviceAccount: ServiceAccount | undefined,
  deadline: Deadline,
  cache: CacheConfig,
  io: Io,
): SourceRequest {
  const { type, options, directory } = entry.source;
  return {
    options,
    directory,
    host: image.host,
    // Only a cloud's source asks, and it takes parsing the pattern.
    get literalHost() {
      return hasLiteralHost(entry.rule);
    },
    serviceAccount,
    deadline,
    async remember(subject, lifetime, find) {
      const { remember } = await import('./cache/remember.ts');
      return await remember({ source: type, ...subject }, lifetime, cache, io, find);
    },
  };
}

/** The end of a run's time that sources may not use, so that their own errors come out, in milliseconds at most. */
const grace = 200;

/**
 * Asks every source of the plan, in its order in the result, each one once although several entries may name it.
 * Never rejects for what a source does. A source that does not answer by the deadline is a failure.
 */
export async function fetchAll(
  plan: Plan,
  request: Request,
  config: Config,
  deadline: Deadline,
  io: Io,
): Promise<Asked[]> {
  const sourceDeadline = deadline.earlier(Math.min(grace, config.timeout / 10));
  const started = new Map<string, Promise<Asked>>();
  for (const { entry } of plan.credentials) {
    const { source } = entry;
    const id = JSON.stringify([source.type, source.options, source.directory]);
    if (started.has(id)) continue;
    const { serviceAccount } = request;
    const sourceRequest = sourceRequestFor(
      entry,
      plan.image,
      serviceAccount,
      sourceDeadline,
      config.cache,
      io,
    );
    started.set(id, ask(source, sourceRequest, config, deadline, io));
  }
  const asked: Asked[] = [];
  for (const result of started.values()) asked.push(await result);
  return asked;
}

const lateHint = 'check the network, or raise "timeout" in the configuration';

async function ask(
  source: ConfiguredSource,
  request: SourceRequest,
  { cache }: Config,
  deadline: Deadline,
  io: Io,
): Promise<Asked> {
  try {
    const late = new Fault('timeout', 'no answer in time', lateHint);
    return await deadline.bound(answerOf(source, request, cache, io), late);
  } catch (error) {
    const outcome = {
      how: 'failed',
      credential: undefined,
      fault: faultOf(error),
      goodUntil: io.now(),
    } as const;
    return { source, outcome, goodFor: 0 };
  }
}

/** Tokens of a cloud go through the cache on disk; everything else is at hand, and is never written anywhere. */
async function answerOf(
  configured: ConfiguredSource,
  request: SourceRequest,
  cache: CacheConfig,
  io: Io,
): Promise<Asked> {
  const { type } = configured;
  const source = await loadSource(type);
  if (givesTokens(type)) {
    const { cachedFetch } = await import('./cache/cache.ts');
    const outcome = await cachedFetch(source, type, request, cache, io);
    const goodFor = Math.max(0, Math.floor((outcome.goodUntil - io.now()) / 1000) * 1000);
    return { source: configured, outcome, goodFor };
  }
  const credential = await source.fetch(request, io);
  const how = credential === undefined ? 'none' : 'fetched';
  const outcome = { how, credential, goodUntil: io.now() + cache.static } as const;
  return { source: configured, outcome, goodFor: cache.static };
}

function faultOf(error: unknown): Fault {
  if (error instanceof Fault) return error;
  const name = error instanceof Error ? error.name : 'unknown error';
  return new Fault('internal', `the source failed in an unforeseen way (${name})`, 'please report this');
}
