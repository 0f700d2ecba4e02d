/** The ECR source against a loopback AWS: who asks, what is asked, and what each failure is called. */

import { afterEach, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Deadline } from '../../src/deadline.ts';
import { Fault } from '../../src/fault.ts';
import { run } from '../../src/io/run.ts';
import { ecr } from '../../src/sources/ecr.ts';
import type { SourceOptions, SourceRequest } from '../../src/sources/source.ts';
import {
  type AwsDouble,
  type AwsDoubleOptions,
  awsDouble,
  containerKeys,
  instanceKeys,
  jsonError,
  nodeKeys,
  xmlError,
} from '../support/aws.ts';
import { noMemory } from '../support/no-memory.ts';
import { rawServer } from '../support/sockets.ts';
import { sourceIo } from '../support/source-io.ts';

setDefaultTimeout(20_000);

const host = '123456789012.dkr.ecr.us-east-1.amazonaws.com';
const podRole = 'arn:aws:iam::123456789012:role/pod';
const keysInEnv = {
  AWS_ACCESS_KEY_ID: nodeKeys.accessKeyId,
  AWS_SECRET_ACCESS_KEY: nodeKeys.secretAccessKey,
};

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

function aws(options?: AwsDoubleOptions): AwsDouble {
  const double = awsDouble(options);
  closing.push(double.close);
  return double;
}

function request(over: Partial<SourceRequest> = {}): SourceRequest {
  const deadline = new Deadline(Date.now() + 10_000, Date.now);
  return {
    options: {},
    directory: '/',
    host,
    literalHost: false,
    serviceAccount: undefined,
    deadline,
    ...noMemory,
    ...over,
  };
}

async function failure(env: Record<string, string>, over: Partial<SourceRequest> = {}): Promise<Fault> {
  try {
    await ecr.fetch(request(over), sourceIo(env));
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error('there was no failure');
}

const pod = (
  token: string,
  annotations: Record<string, string> = { 'eks.amazonaws.com/ecr-role-arn': podRole },
) => ({
  serviceAccount: { token, annotations },
});

function profileFiles(config: string, credentials: string): Record<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'keyring-aws-'));
  writeFileSync(join(folder, 'config'), config);
  writeFileSync(join(folder, 'credentials'), credentials);
  return {
    AWS_CONFIG_FILE: join(folder, 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
  };
}

describe('who asks', () => {
  test('keys in the environment ask nobody but ECR', async () => {
    const double = aws();
    const credential = await ecr.fetch(request(), sourceIo({ ...double.env, ...keysInEnv }));
    expect(credential).toMatchObject({ username: 'AWS', password: double.password() });
    expect(double.calls.map(call => [call.service, call.accessKeyId])).toEqual([
      ['ecr', nodeKeys.accessKeyId],
    ]);
    expect(credential?.expiresAt).toBeGreaterThan(Date.now() + 11 * 3600_000);
  });

  test("the instance's role comes through a session of the metadata service", async () => {
    const double = aws();
    await ecr.fetch(request(), sourceIo(double.env));
    expect(double.calls.map(call => [call.service, call.method])).toEqual([
      ['metadata', 'PUT'],
      ['metadata', 'GET'],
      ['metadata', 'GET'],
      ['ecr', 'POST'],
    ]);
    expect(double.calls.at(-1)?.accessKeyId).toBe(instanceKeys.accessKeyId);
  });

  test("a proxy's page in the place of the role's name is no role, and is not repeated", async () => {
    const double = aws({ instanceRole: 'access denied by s3cret-policy' });
    const fault = await failure(double.env);
    expect(fault.code).toBe('NoCredentials');
    expect(fault.message).not.toContain('s3cret');
  });

  test('the container endpoint gets its authorization from the variable or the file', async () => {
    const double = aws({ containerToken: 'pod-identity' });
    const env = { ...double.env, AWS_CONTAINER_CREDENTIALS_FULL_URI: `${double.url}/container` };
    await ecr.fetch(request(), sourceIo({ ...env, AWS_CONTAINER_AUTHORIZATION_TOKEN: 'pod-identity' }));
    const file = join(mkdtempSync(join(tmpdir(), 'keyring-aws-')), 'token');
    writeFileSync(file, 'pod-identity\n');
    await ecr.fetch(request(), sourceIo({ ...env, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file }));
    expect(double.calls.map(call => call.accessKeyId)).toEqual([
      undefined,
      containerKeys.accessKeyId,
      undefined,
      containerKeys.accessKeyId,
    ]);
    expect(await failure(env)).toMatchObject({ code: 'Http403' });
  });

  test('a role is assumed on top, with its external id and session name', async () => {
    const double = aws();
    const options: SourceOptions = {
      roleArn: 'arn:aws:iam::1:role/pull',
      externalId: 'ex-1',
      sessionName: 'node-7',
    };
    await ecr.fetch(request({ options }), sourceIo({ ...double.env, ...keysInEnv }));
    const form = new URLSearchParams(double.calls[0]?.body);
    expect(Object.fromEntries(form)).toMatchObject({
      Action: 'AssumeRole',
      RoleArn: 'arn:aws:iam::1:role/pull',
      ExternalId: 'ex-1',
      RoleSessionName: 'node-7',
    });
    expect(double.calls[0]?.accessKeyId).toBe(nodeKeys.accessKeyId);
    expect(double.calls[1]?.accessKeyId).toStartWith('ASIA');
  });

  test("the pod's service account comes before the node's keys, by annotation or environment", async () => {
    const double = aws({ webIdentityToken: 'jwt' });
    const env = { ...double.env, ...keysInEnv };
    await ecr.fetch(request(pod('jwt')), sourceIo(env));
    await ecr.fetch(request(pod('jwt', {})), sourceIo({ ...env, AWS_ECR_ROLE_ARN: podRole }));
    const roles = double.calls
      .filter(call => call.service === 'sts')
      .map(call => new URLSearchParams(call.body).get('RoleArn'));
    expect(roles).toEqual([podRole, podRole]);
    expect(double.calls.filter(call => call.accessKeyId === nodeKeys.accessKeyId)).toEqual([]);
  });

  test("a service account without a role is the node's affair", async () => {
    const double = aws();
    await ecr.fetch(request(pod('jwt', {})), sourceIo({ ...double.env, ...keysInEnv }));
    expect(double.calls.map(call => call.accessKeyId)).toEqual([nodeKeys.accessKeyId]);
  });

  test("a refused service account is an error and never the node's identity", async () => {
    const double = aws({ webIdentityToken: 'jwt' });
    const fault = await failure({ ...double.env, ...keysInEnv }, pod('stale-jwt'));
    expect(fault).toMatchObject({ code: 'InvalidIdentityToken' });
    expect(fault.message).toContain(podRole);
    expect(fault.message).not.toContain('stale-jwt');
    expect(double.calls.map(call => call.service)).toEqual(['sts']);
  });

  test('a web identity of the environment reads its token file', async () => {
    const double = aws({ webIdentityToken: 'jwt' });
    const file = join(mkdtempSync(join(tmpdir(), 'keyring-aws-')), 'token');
    writeFileSync(file, 'jwt\n');
    const env = { ...double.env, AWS_WEB_IDENTITY_TOKEN_FILE: file, AWS_ROLE_ARN: podRole };
    await ecr.fetch(request(), sourceIo(env));
    expect(double.calls.map(call => call.service)).toEqual(['sts', 'ecr']);
    expect(await failure({ ...env, AWS_WEB_IDENTITY_TOKEN_FILE: '/nowhere' })).toMatchObject({
      code: 'ENOENT',
    });
  });

  test('profiles: static keys, an assumed role, a process, and the one that the entry names', async () => {
    const double = aws();
    const process = JSON.stringify({
      Version: 1,
      AccessKeyId: nodeKeys.accessKeyId,
      SecretAccessKey: nodeKeys.secretAccessKey,
    });
    const folder = mkdtempSync(join(tmpdir(), 'keyring-aws-'));
    writeFileSync(join(folder, 'keys.json'), process);
    const files = profileFiles(
      `[profile roled]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = default\n[profile program]\ncredential_process = cat ${folder}/keys.json\n[profile empty]\nregion = eu-west-1\n`,
      `[default]\naws_access_key_id = ${nodeKeys.accessKeyId}\naws_secret_access_key = ${nodeKeys.secretAccessKey}\n`,
    );
    const env = { ...double.env, ...files };
    await ecr.fetch(request(), sourceIo(env));
    await ecr.fetch(request(), sourceIo({ ...env, AWS_PROFILE: 'program' }, { run }));
    expect(double.calls.map(call => call.accessKeyId)).toEqual([nodeKeys.accessKeyId, nodeKeys.accessKeyId]);
    await ecr.fetch(request({ options: { profile: 'roled' } }), sourceIo({ ...env, ...keysInEnv }));
    expect(double.calls.slice(2).map(call => call.service)).toEqual(['sts', 'ecr']);
    expect(await failure(env, { options: { profile: 'empty' } })).toMatchObject({ code: 'ProfileNotFound' });
  });
});

describe('identity', () => {
  const identify = (env: Record<string, string>, over: Partial<SourceRequest> = {}) =>
    ecr.identify(request(over), sourceIo(env));

  test('it names who asks without any network', async () => {
    const who = async (env: Record<string, string>, over?: Partial<SourceRequest>) =>
      (await identify(env, over)).who;
    expect(await who(keysInEnv)).toBe(nodeKeys.accessKeyId);
    expect(await who({})).toBe('instance metadata');
    expect(await who(keysInEnv, pod('jwt'))).toBe(podRole);
    expect(await who(keysInEnv, { options: { roleArn: podRole } })).toBe(
      `${podRole} assumed by ${nodeKeys.accessKeyId}`,
    );
  });

  test('one token serves every registry of the region, and no other region, partition or ECR Public', async () => {
    const scope = async (name: string) => (await identify(keysInEnv, { host: name })).scope;
    const base = await scope(host);
    expect(await scope('999999999999.dkr.ecr.us-east-1.amazonaws.com')).toBe(base);
    expect(await scope('999999999999.dkr.ecr-fips.us-east-1.amazonaws.com')).toBe(base);
    expect(await scope('999999999999.dkr-ecr.us-east-1.on.aws')).toBe(base);
    const others = [
      '123456789012.dkr.ecr.us-west-2.amazonaws.com',
      '123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn',
      'public.ecr.aws',
    ];
    expect(new Set([base, ...(await Promise.all(others.map(scope)))]).size).toBe(4);
  });

  test('a foreign host needs a literal entry with a region', async () => {
    const foreign = { host: 'registry.example.com' };
    const options = { region: 'eu-west-1' };
    expect(identify(keysInEnv, { ...foreign, options })).rejects.toMatchObject({ code: 'ForeignHost' });
    expect(identify(keysInEnv, { ...foreign, literalHost: true })).rejects.toMatchObject({
      code: 'RegionMissing',
    });
    expect(await identify(keysInEnv, { ...foreign, literalHost: true, options })).toMatchObject({
      scope: 'ecr aws eu-west-1',
    });
  });
});

describe('the call', () => {
  test('ECR Public answers through the same machinery', async () => {
    const double = aws();
    const credential = await ecr.fetch(
      request({ host: 'public.ecr.aws' }),
      sourceIo({ ...double.env, ...keysInEnv }),
    );
    expect(credential).toMatchObject({ username: 'AWS', password: double.password() });
    expect(double.calls[0]?.service).toBe('ecr-public');
  });

  test('a registryId is passed on', async () => {
    const double = aws();
    await ecr.fetch(
      request({ options: { registryId: '210987654321' } }),
      sourceIo({ ...double.env, ...keysInEnv }),
    );
    expect(JSON.parse(double.calls[0]?.body ?? '')).toEqual({ registryIds: ['210987654321'] });
  });

  test('endpoint: option before variable before AWS_ENDPOINT_URL, and it wins over FIPS and dual stack', async () => {
    const double = aws();
    const env = {
      ...keysInEnv,
      AWS_ENDPOINT_URL: double.url,
      AWS_USE_FIPS_ENDPOINT: 'true',
      AWS_USE_DUALSTACK_ENDPOINT: 'true',
    };
    await ecr.fetch(request(), sourceIo(env));
    await ecr.fetch(
      request(),
      sourceIo({ ...env, AWS_ENDPOINT_URL: 'http://127.0.0.1:1', AWS_ENDPOINT_URL_ECR: double.url }),
    );
    await ecr.fetch(
      request({ options: { endpoint: double.url } }),
      sourceIo({ ...keysInEnv, AWS_ENDPOINT_URL_ECR: 'http://127.0.0.1:1' }),
    );
    expect(double.calls).toHaveLength(3);
    const ignored = await ecr.identify(
      request(),
      sourceIo({ ...env, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' }),
    );
    expect(ignored.scope).toBe('ecr aws us-east-1');
  });

  test('a throttle and a 500 are tried again', async () => {
    const faults = [jsonError('ThrottlingException'), jsonError('ServerException', 'x', 500)];
    const double = aws({ fault: (_, n) => faults[n - 1] });
    expect(await ecr.fetch(request(), sourceIo({ ...double.env, ...keysInEnv }))).toMatchObject({
      username: 'AWS',
    });
    expect(double.calls).toHaveLength(3);
  });
});

describe('failures', () => {
  test.each([
    [
      'AccessDeniedException',
      400,
      1,
      /allow the IAM action ecr:GetAuthorizationToken on resource \* for AKIANODE/,
    ],
    ['ExpiredTokenException', 400, 1, /renew it/],
    ['UnrecognizedClientException', 400, 1, /partition of us-east-1/],
    ['ThrottlingException', 400, 3, /wait/],
    ['ServerException', 500, 3, /AWS has a failure/],
    ['SomethingNewException', 400, 1, /look the code up/],
  ])('%s (HTTP %i) after %i calls', async (code, status, calls, hint) => {
    const double = aws({ fault: () => jsonError(code, 'secret details', status) });
    const fault = await failure({ ...double.env, ...keysInEnv });
    expect(fault.code).toBe(code);
    expect(fault.hint).toMatch(hint);
    expect(fault.what).toContain('request id req-1234');
    expect(fault.what).toContain(nodeKeys.accessKeyId);
    expect(fault.message).not.toContain('secret');
    expect(double.calls).toHaveLength(calls);
  });

  test('STS access denied names the trust policy', async () => {
    const double = aws({ fault: service => (service === 'sts' ? xmlError('AccessDenied', 403) : undefined) });
    const fault = await failure({ ...double.env, ...keysInEnv }, pod('jwt'));
    expect(fault).toMatchObject({ code: 'AccessDenied' });
    expect(fault.message).toMatch(/request id req-5678.*trust policy/);
  });

  test('a wrong secret key and a wrong region are told apart', async () => {
    const double = aws();
    const wrongKey = await failure({ ...double.env, ...keysInEnv, AWS_SECRET_ACCESS_KEY: 'wrong' });
    expect(wrongKey).toMatchObject({ code: 'InvalidSignatureException' });
    expect(wrongKey.hint).toContain('secret key');
    const elsewhere = await failure({ ...double.env, ...keysInEnv }, { options: { region: 'eu-west-1' } });
    expect(elsewhere.hint).toContain('another region than eu-west-1');
  });

  test('a clock that is off is called that, with minutes', async () => {
    const date = new Date(Date.now() + 20 * 60_000).toUTCString();
    const answer = () =>
      new Response('{"__type":"InvalidSignatureException"}', { status: 400, headers: { date } });
    const double = aws({ fault: answer });
    expect((await failure({ ...double.env, ...keysInEnv })).hint).toMatch(/clock.*20 minutes behind/);
  });

  test('an expired token is an error', async () => {
    const double = aws({ tokenLife: -60 });
    expect(await failure({ ...double.env, ...keysInEnv })).toMatchObject({ code: 'TokenExpired' });
  });

  test('HTML, an empty object and a token without a colon are no answers', async () => {
    const token = (text: string) =>
      JSON.stringify({ authorizationData: [{ authorizationToken: btoa(text), expiresAt: 4e9 }] });
    for (const body of ['<html>portal</html>', '{}', token('no-colon'), 'null']) {
      const double = aws({ fault: () => new Response(body) });
      expect(await failure({ ...double.env, ...keysInEnv })).toMatchObject({ code: 'MalformedResponse' });
    }
  });

  test('a password with colons stays whole', async () => {
    const body = JSON.stringify({
      authorizationData: [{ authorizationToken: btoa('AWS:a:b:c'), expiresAt: 4e9 }],
    });
    const double = aws({ fault: () => new Response(body) });
    const credential = await ecr.fetch(request(), sourceIo({ ...double.env, ...keysInEnv }));
    expect(credential).toMatchObject({ username: 'AWS', password: 'a:b:c' });
  });

  test('redirect, huge body, reset, truncation and a hang each keep their name', async () => {
    const huge = 'x'.repeat(2 ** 20 + 1);
    for (const [code, answer] of [
      ['Redirected', () => Response.redirect('http://127.0.0.1:1/', 307)],
      ['ResponseTooLarge', () => new Response(huge)],
    ] as const) {
      const double = aws({ fault: answer });
      expect(await failure({ ...double.env, ...keysInEnv })).toMatchObject({ code });
    }
    const raw = { hang: 'Timeout', reset: 'ConnectionReset', cut: 'Truncated' } as const;
    for (const [kind, code] of Object.entries(raw)) {
      const server = await rawServer(socket => {
        if (kind === 'reset') socket.destroy();
        if (kind !== 'cut') return;
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"auth');
        setTimeout(() => socket.destroy(), 50);
      });
      closing.push(server.close);
      const deadline = new Deadline(Date.now() + (kind === 'hang' ? 300 : 10_000), Date.now);
      const env = { ...keysInEnv, AWS_ENDPOINT_URL_ECR: `http://127.0.0.1:${server.port}` };
      expect(await failure(env, { deadline })).toMatchObject({ code });
    }
  });

  test('no credentials: what was tried, in order', async () => {
    const off = await failure({ AWS_EC2_METADATA_DISABLED: 'true' });
    expect(off).toMatchObject({ code: 'NoCredentials' });
    expect(off.what).toMatch(
      /AWS_ACCESS_KEY_ID.*AWS_WEB_IDENTITY.*profile default.*CONTAINER.*instance metadata/,
    );
    const noRole = aws({ instanceRole: null });
    expect(await failure(noRole.env)).toMatchObject({
      code: 'NoCredentials',
      hint: expect.stringContaining('instance profile'),
    });
  });

  test('metadata that falls silent after its session is given up on just so', async () => {
    let calls = 0;
    const double = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch: () => {
        calls += 1;
        return calls === 1 ? new Response('session') : new Promise<Response>(() => undefined);
      },
    });
    closing.push(() => void double.stop(true));
    const fault = await failure({ AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://127.0.0.1:${double.port}` });
    expect(fault).toMatchObject({ code: 'NoCredentials', hint: expect.stringContaining('hop limit') });
    expect(calls).toBe(2);
  });

  test('metadata that never answers is given up on soon, with a word on the hop limit', async () => {
    const silent = await rawServer(() => {});
    closing.push(silent.close);
    const started = Date.now();
    const fault = await failure({ AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://127.0.0.1:${silent.port}` });
    expect(fault).toMatchObject({ code: 'NoCredentials', hint: expect.stringContaining('hop limit') });
    // The budget is 1 s; the default timeout of a request, 10 s, would be far beyond this bound.
    expect(Date.now() - started).toBeLessThan(5000);
  });
});
