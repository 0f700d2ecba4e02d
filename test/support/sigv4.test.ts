/** The double's signature check, held against an independent signer: curl. */

import { afterAll, beforeAll, expect, test } from 'bun:test';
import { type AwsDouble, awsDouble, nodeKeys } from './aws.ts';
import { findTool } from './tools.ts';

let aws: AwsDouble;
beforeAll(() => {
  aws = awsDouble();
});
afterAll(() => aws.close());

function curl(user: string, scope: string): Promise<string> {
  const headers = ['Content-Type: application/x-amz-json-1.1'].concat(
    'X-Amz-Target: AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken',
  );
  const command = ['curl', '-s', '--aws-sigv4', `aws:amz:${scope}`, '--user', user, '-d', '{}', aws.url];
  const child = Bun.spawn([...command, ...headers.flatMap(header => ['-H', header])], { stdin: 'ignore' });
  return new Response(child.stdout).text();
}

const withCurl = test.skipIf(findTool('curl') === undefined);

withCurl('what curl signs is accepted, and refused with a wrong key or scope', async () => {
  const user = `${nodeKeys.accessKeyId}:${nodeKeys.secretAccessKey}`;
  expect(await curl(user, 'us-east-1:ecr')).toContain('authorizationToken');
  expect(await curl(`${nodeKeys.accessKeyId}:wrong`, 'us-east-1:ecr')).toContain('InvalidSignatureException');
  expect(await curl('AKIASTRANGER:wrong', 'us-east-1:ecr')).toContain('UnrecognizedClientException');
  expect(await curl(user, 'us-west-2:ecr')).toContain('InvalidSignatureException');
  expect(await curl(user, 'us-east-1:sts')).toContain('InvalidSignatureException');
});

withCurl('a body that changed after signing is refused', async () => {
  const { verifySignature } = await import('./sigv4.ts');
  const user = `${nodeKeys.accessKeyId}:${nodeKeys.secretAccessKey}`;
  await curl(user, 'us-east-1:ecr');
  const call = aws.calls.at(-1);
  if (call === undefined) throw new Error('no call');
  const known = new Map([[nodeKeys.accessKeyId, nodeKeys]]);
  const check = (body: string) => verifySignature({ ...call, body }, known, 'us-east-1', 'ecr', Date.now());
  expect(check('{}')).toEqual({ accessKeyId: nodeKeys.accessKeyId });
  expect(check('{"registryIds":["1"]}')).toMatchObject({ code: 'InvalidSignatureException' });
});
