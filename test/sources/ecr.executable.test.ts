/** The built executable and the portable file against a loopback AWS: what only the bundles can get wrong. */

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AwsDouble, awsDouble, jsonError, nodeKeys } from '../support/aws.ts';
import { type Authority, canCertify, createAuthority } from '../support/certificates.ts';
import { gone } from '../support/processes.ts';
import { connectProxy } from '../support/sockets.ts';

setDefaultTimeout(120_000);

const root = join(import.meta.dir, '../..');
const executable = join(root, 'dist/keyring-credential-provider');
const host = '123456789012.dkr.ecr.us-east-1.amazonaws.com';
const keys = { AWS_ACCESS_KEY_ID: nodeKeys.accessKeyId, AWS_SECRET_ACCESS_KEY: nodeKeys.secretAccessKey };
const serviceAccountAnnotations = { 'eks.amazonaws.com/ecr-role-arn': 'arn:aws:iam::123456789012:role/pod' };

let folder: string;
let authority: Authority;
let aws: AwsDouble;

beforeAll(() => {
  const built = Bun.spawnSync([process.execPath, join(root, 'scripts/build.ts'), '--if-needed']);
  if (!built.success) throw new Error(built.stderr.toString());
  folder = mkdtempSync(join(tmpdir(), 'keyring-ecr-'));
  const profile = `[default]\naws_access_key_id = ${nodeKeys.accessKeyId}\naws_secret_access_key = ${nodeKeys.secretAccessKey}\n`;
  writeFileSync(
    join(folder, 'credentials'),
    `${profile}[roled]\nrole_arn = arn:aws:iam::1:role/pull\nsource_profile = default\n`,
  );
  authority = createAuthority();
  aws = awsDouble({ webIdentityToken: 'jwt' });
});

afterAll(() => {
  aws.close();
  authority.remove();
  rmSync(folder, { recursive: true });
});

async function provide(
  command: string[],
  env: Record<string, string>,
  request: Record<string, unknown> = {},
) {
  const input = JSON.stringify({
    kind: 'CredentialProviderRequest',
    apiVersion: 'credentialprovider.kubelet.k8s.io/v1',
    image: `${host}/app`,
    ...request,
  });
  const child = Bun.spawn(command, {
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      KEYRING_CACHE_DIR: join(folder, crypto.randomUUID()),
      ...env,
    },
    stdin: new Blob([input]),
    stderr: 'pipe',
  });
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { code: await child.exited, auth: stdout === '' ? undefined : JSON.parse(stdout).auth, stderr };
}

const printedKeys = {
  Version: 1,
  AccessKeyId: nodeKeys.accessKeyId,
  SecretAccessKey: nodeKeys.secretAccessKey,
};

/** An environment with a profile whose program prints a text. */
function programPrints(text: string, more = ''): Record<string, string> {
  const file = join(folder, `config-${crypto.randomUUID()}`);
  writeFileSync(file, `[profile program]\ncredential_process = printf %s '${text}'${more}\n`);
  return { AWS_CONFIG_FILE: file, AWS_PROFILE: 'program' };
}

describe.each([
  ['the executable', [executable]],
  ['the portable file', ['node', `${executable}.mjs`]],
] as const)('%s', (_, words) => {
  const command = [...words];

  test.each([
    ['keys in the environment', keys, {}],
    ['the role of the instance', {}, {}],
    ["a pod's service account", {}, { serviceAccountToken: 'jwt', serviceAccountAnnotations }],
    ['ECR Public', keys, { image: 'public.ecr.aws/app' }],
  ])('answers with a token by %s, and prints nothing else', async (_, env, request) => {
    const result = await provide(command, { ...aws.env, ...env }, request);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(Object.values(result.auth)).toEqual([{ username: 'AWS', password: aws.password() }]);
  });

  test('answers with a token by a role of the shared configuration', async () => {
    const env = { AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'), AWS_PROFILE: 'roled' };
    const result = await provide(command, { ...aws.env, ...env });
    expect(result).toMatchObject({ code: 0, stderr: '', auth: { [host]: { password: aws.password() } } });
  });

  test('answers with a token by the keys that a program prints', async () => {
    const result = await provide(command, { ...aws.env, ...programPrints(JSON.stringify(printedKeys)) });
    expect(result).toMatchObject({ code: 0, stderr: '', auth: { [host]: { password: aws.password() } } });
  });

  test('a program that prints no keys is an error that repeats nothing of it', async () => {
    const result = await provide(command, { ...aws.env, ...programPrints('s3cret', '; exit 3') });
    expect(result).toMatchObject({ code: 1, auth: undefined });
    expect(result.stderr).toMatch(/profile program/);
    expect(result.stderr).not.toContain('s3cret');
  });

  test('a program that prints nothing is ended with all that it started', async () => {
    const sleep = `sleep 301.${process.pid}`;
    const config = join(folder, 'impatient.json');
    writeFileSync(config, JSON.stringify({ timeout: '1s', auths: { [host]: { source: 'ecr' } } }), {
      mode: 0o600,
    });
    const env = programPrints('', `; ${sleep} & ${sleep}`);
    const result = await provide([...command, '--config', config], { ...aws.env, ...env });
    expect(result).toMatchObject({ code: 1, auth: undefined });
    expect(result.stderr).toContain('profile program');
    await gone(sleep);
  });

  test.skipIf(!canCertify)(
    'goes through the proxy with AWS_CA_BUNDLE to the endpoint that the host names',
    async () => {
      const tls = authority.issue('DNS:api.ecr.us-east-1.amazonaws.com');
      const front = Bun.serve({
        port: 0,
        hostname: '127.0.0.1',
        tls,
        fetch: async request =>
          fetch(aws.url, { method: 'POST', headers: request.headers, body: await request.text() }),
      });
      const proxy = await connectProxy('user:pass', front.port ?? 0);
      const env = { HTTPS_PROXY: `http://user:pass@127.0.0.1:${proxy.port}`, AWS_CA_BUNDLE: authority.file };
      const result = await provide(command, { ...keys, ...env });
      expect(result).toMatchObject({ code: 0, stderr: '', auth: { [host]: { password: aws.password() } } });
      expect(proxy.targets).toEqual(['api.ecr.us-east-1.amazonaws.com:443']);
      proxy.close();
      front.stop(true);
    },
  );

  test('says in one line what AWS refused, and no secret', async () => {
    const refusing = awsDouble({ fault: () => jsonError('AccessDeniedException') });
    const result = await provide(command, { ...refusing.env, ...keys });
    refusing.close();
    expect(result).toMatchObject({ code: 1, auth: undefined });
    expect(result.stderr).toMatch(
      /^keyring-credential-provider: .*request id req-1234.*ecr:GetAuthorizationToken.*\[AccessDeniedException\]\n$/,
    );
    expect(result.stderr).not.toContain('secret');
  });
});
