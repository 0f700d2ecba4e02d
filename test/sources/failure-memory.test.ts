/** For how long the token cache remembers a failure of each cloud, from the answer on the wire to the outcome. */

import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { cachedFetch } from '../../src/cache/cache.ts';
import { Deadline } from '../../src/deadline.ts';
import { ecr } from '../../src/sources/ecr.ts';
import type { Source, SourceRequest } from '../../src/sources/source.ts';
import { tcr } from '../../src/sources/tcr.ts';
import {
  type AwsDoubleOptions,
  awsDouble,
  jsonError,
  nodeKeys,
  type Service,
  xmlError,
} from '../support/aws.ts';
import { temporaryFolder } from '../support/folder.ts';
import { sourceIo } from '../support/source-io.ts';
import { keys, requestOf, startTeam } from '../support/tcr-request.ts';
import type { Failure, Tencent } from '../support/tencent.ts';

const folder = temporaryFolder();
const awsKeys = { AWS_ACCESS_KEY_ID: nodeKeys.accessKeyId, AWS_SECRET_ACCESS_KEY: nodeKeys.secretAccessKey };
const waiting = (seconds: string) => ({ headers: { 'retry-after': seconds } });

/** Milliseconds, by a clock that stands still; the code tells that it is the failure that the row means. */
async function memoryOf(source: Source, type: string, request: SourceRequest, env: Record<string, string>) {
  const now = Date.now();
  // Too short for a wait that `Retry-After` asks for, so that no test waits either.
  const deadline = new Deadline(now + 5000, () => now);
  const settings = { enabled: true, directory: `${folder.path}/${crypto.randomUUID()}` };
  const io = sourceIo(env, { now: () => now });
  const { how, fault, goodUntil } = await cachedFetch(source, type, { ...request, deadline }, settings, io);
  return { how, code: fault?.code, memory: goodUntil - now };
}

describe('ECR', () => {
  const closing: (() => void)[] = [];
  afterEach(() => {
    for (const close of closing.splice(0)) close();
  });

  async function memory(options: AwsDoubleOptions, env: Record<string, string> = awsKeys, over = {}) {
    const double = awsDouble(options);
    closing.push(double.close);
    const request: SourceRequest = {
      options: {},
      directory: '/',
      host: '123456789012.dkr.ecr.us-east-1.amazonaws.com',
      literalHost: false,
      serviceAccount: undefined,
      deadline: new Deadline(0, Date.now),
      remember: (_subject, _lifetime, find) => find(),
      ...over,
    };
    return memoryOf(ecr, 'ecr', request, { HOME: '/nonexistent', ...double.env, ...env });
  }

  test.each([
    ['access denied', () => jsonError('AccessDeniedException'), 'AccessDeniedException', 10_000],
    [
      'a code that nobody has heard of',
      () => jsonError('SomethingNewException'),
      'SomethingNewException',
      10_000,
    ],
    ['a throttle', () => jsonError('ThrottlingException'), 'ThrottlingException', 10_000],
    ['HTTP 429 for 7 s', () => new Response('', { status: 429, ...waiting('7') }), 'Http429', 7000],
    ['HTTP 429 for an hour', () => new Response('', { status: 429, ...waiting('3600') }), 'Http429', 60_000],
    ['HTTP 503 for 7 s', () => new Response('', { status: 503, ...waiting('7') }), 'Http503', 7000],
    ['HTTP 503', () => new Response('', { status: 503 }), 'Http503', 0],
    ['a failing server', () => jsonError('ServerException', '', 500), 'ServerException', 0],
    ['a captive portal', () => new Response('<html>'), 'MalformedResponse', 0],
    ['a redirect', () => Response.redirect('http://127.0.0.1:1/', 302), 'Redirected', 0],
  ])('%s', async (_, answer, code, expected) => {
    const outcome = await memory({ fault: answer });
    expect(outcome).toEqual({ how: 'failed', code, memory: expected });
  });

  test.each([
    ['a role that STS refuses', () => xmlError('AccessDenied', 403), 'AccessDenied', 10_000],
    [
      'an identity provider that STS cannot reach',
      () => xmlError('IDPCommunicationError', 400),
      'IDPCommunicationError',
      0,
    ],
  ])('%s', async (_, answer, code, expected) => {
    const annotations = { 'eks.amazonaws.com/ecr-role-arn': 'arn:aws:iam::1:role/pod' };
    const fault = (service: Service) => (service === 'sts' ? answer() : undefined);
    const outcome = await memory({ fault }, {}, { serviceAccount: { token: 'jwt', annotations } });
    expect(outcome).toEqual({ how: 'failed', code, memory: expected });
  });

  test.each([
    ['an instance without a role', 404, 'NoCredentials', 10_000],
    ['metadata that fails', 500, 'Http500', 0],
    ['metadata that throttles', 429, 'Http429', 10_000],
  ])('%s', async (_, status, code, expected) => {
    const fault = (service: Service, n: number) =>
      service === 'metadata' && n > 1 ? new Response('', { status }) : undefined;
    expect(await memory({ fault }, {})).toEqual({ how: 'failed', code, memory: expected });
  });

  test('nobody answers', async () => {
    const outcome = await memory({}, { ...awsKeys, AWS_ENDPOINT_URL_ECR: 'http://127.0.0.1:1' });
    expect(outcome).toEqual({ how: 'failed', code: 'ConnectionRefused', memory: 0 });
  });
});

describe('TCR', () => {
  let cloud: Tencent;
  beforeEach(async () => {
    cloud = await startTeam();
  });
  afterEach(() => cloud.stop());

  function memory(options = {}, env = {}) {
    const { request, io } = requestOf(cloud, { options: { ...keys, ...options }, env });
    return memoryOf(tcr, 'tcr', request, io.env as Record<string, string>);
  }

  test.each<[string, Failure, string, number]>([
    ['CAM refuses', { code: 'UnauthorizedOperation' }, 'UnauthorizedOperation', 10_000],
    [
      "CAM refuses under a server's prefix",
      { code: 'InternalError.ErrUnauthorized' },
      'InternalError.ErrUnauthorized',
      10_000,
    ],
    ['a code that nobody has heard of', { code: 'SomethingNew' }, 'SomethingNew', 10_000],
    [
      'a throttle',
      { code: 'RequestLimitExceeded.UinLimitExceeded' },
      'RequestLimitExceeded.UinLimitExceeded',
      10_000,
    ],
    ['HTTP 429 for 7 s', { status: 429, headers: { 'retry-after': '7' } }, 'http-429', 7000],
    ['a failing server', { code: 'InternalError' }, 'InternalError', 0],
    ['HTTP 502', { status: 502 }, 'http-502', 0],
    ['HTTP 403', { status: 403 }, 'http-403', 10_000],
    ['a captive portal', 'html', 'invalid-response', 0],
    ['a connection that breaks', 'reset', 'ConnectionReset', 0],
  ])('%s', async (_, failure, code, expected) => {
    cloud.fail('CreateInstanceToken', failure);
    expect(await memory()).toEqual({ how: 'failed', code, memory: expected });
  });

  test('no such instance', async () => {
    cloud.instances.length = 0;
    expect(await memory()).toEqual({ how: 'failed', code: 'instance-not-found', memory: 10_000 });
  });

  test('an instance that does not run', async () => {
    cloud.instances.splice(0, 1, {
      id: 'tcr-abc123',
      name: 'team',
      region: 'ap-guangzhou',
      status: 'Isolate',
    });
    expect(await memory()).toEqual({ how: 'failed', code: 'instance-not-running', memory: 10_000 });
  });

  test.each<[string, Failure | undefined, number]>([
    ['a CVM without a role', undefined, 10_000],
    ['metadata that fails', { status: 500 }, 0],
    ['metadata that is not there', 'reset', 0],
  ])('%s', async (_, failure, expected) => {
    if (failure !== undefined) cloud.fail('metadata', failure);
    const outcome = await memory({ secretId: '', secretKey: '' });
    expect(outcome).toEqual({ how: 'failed', code: 'no-credentials', memory: expected });
  });
});
