/** The main job: a request on stdin, an answer with ordered credentials on stdout. */

import { authKeys } from './auth-keys.ts';
import { type Config, defaultTimeout, loadConfig } from './config/load.ts';
import { Deadline } from './deadline.ts';
import { Fault } from './fault.ts';
import { type Asked, fetchAll } from './fetch-all.ts';
import { parseReference } from './image/reference.ts';
import type { Io } from './io/io.ts';
import { type Plan, planFor } from './plan.ts';
import {
  type Answer,
  decodeRequest,
  encodeAnswer,
  type Request,
  requestLimit,
  requestTooLarge,
} from './protocol.ts';
import { reportFailures, reportNotices } from './report.ts';
import type { Credential } from './sources/source.ts';

/** The most time for which the kubelet may cache an answer from which a failed source is missing, in milliseconds. */
const partialAnswer = 30_000;

/**
 * Reads a request, answers it and returns the exit code: 0 with an answer, 1 when every matching source failed; undefined
 * when stdin is a terminal, from which no request will come.
 * Throws a Fault for a bad request and a ConfigError or a Fault for a bad configuration; then nothing is on stdout.
 */
export async function provide(configPaths: readonly string[], io: Io): Promise<number | undefined> {
  const start = io.now();
  const loading = loadConfig(configPaths, io);
  loading.catch(() => undefined);
  if (await io.stdin.isTerminal()) return undefined;
  const patience = new Deadline(start + defaultTimeout, io.now);
  const request = decodeRequest(await readRequest(patience, io));
  const image = parseReference(request.image);
  const config = await patience.bound(loading, lateConfig());

  const plan = planFor(config.matcher, image);
  const deadline = new Deadline(start + config.timeout, io.now);
  const asked = await fetchAll(plan, request, config, deadline, io);

  await reportNotices(config.notices, io);
  await reportFailures(asked, io);
  const answer = answerTo(request, plan, asked, config);
  if (answer !== undefined) await io.stdout.write(encodeAnswer(answer));
  if (config.logFile !== undefined || config.metricsFile !== undefined) {
    const { keepRecord } = await import('./record.ts');
    await keepRecord({ start, image, asked, answer }, config, io);
  }
  return answer === undefined ? 1 : 0;
}

function lateConfig(): Fault {
  return new Fault('unreadable-config', 'the configuration could not be read in time', 'name regular files');
}

async function readRequest(deadline: Deadline, io: Io): Promise<Uint8Array> {
  const late = new Fault(
    'invalid-request',
    'the request on stdin did not end in time',
    'close stdin behind the request',
  );
  const bytes = await deadline.bound(io.stdin.read(requestLimit), late);
  if (bytes === undefined) throw requestTooLarge();
  return bytes;
}

/**
 * Undefined when there is no credential but a failure. Equal credentials appear once, at the first place of theirs, so
 * that no wrong password is tried twice.
 */
function answerTo(
  { apiVersion }: Request,
  { image, cacheKeyType }: Plan,
  asked: readonly Asked[],
  { cache }: Config,
): Answer | undefined {
  const distinct = new Map<string, Credential>();
  const lives: number[] = [];
  let hasFailed = false;
  for (const { outcome, goodFor } of asked) {
    const { credential, fault } = outcome;
    if (fault !== undefined) hasFailed = true;
    if (credential === undefined) continue;
    lives.push(goodFor);
    const identity = JSON.stringify([credential.username, credential.password]);
    if (!distinct.has(identity)) distinct.set(identity, credential);
  }
  if (distinct.size === 0 && hasFailed) return undefined;
  if (distinct.size === 0) lives.push(cache.noMatch);
  if (hasFailed) lives.push(partialAnswer);
  const keys = authKeys(image.host, distinct.size);
  const auth = new Map([...distinct.values()].map((credential, i) => [keys[i] ?? '', credential]));
  return { apiVersion, cacheKeyType, cacheDuration: Math.min(...lives), auth };
}
