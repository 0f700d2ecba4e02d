/** The same requests to the same AWS double, here and by AWS's own plugin: the auth values must be equal. */

import { describe, expect, test } from 'bun:test';
import { Deadline } from '../../src/deadline.ts';
import { ecr } from '../../src/sources/ecr.ts';
import { awsDouble, nodeKeys } from '../support/aws.ts';
import { noMemory } from '../support/no-memory.ts';
import { buildPeer, hasGo } from '../support/peer.ts';
import { sourceIo } from '../support/source-io.ts';

const keys = { AWS_ACCESS_KEY_ID: nodeKeys.accessKeyId, AWS_SECRET_ACCESS_KEY: nodeKeys.secretAccessKey };
const privateHost = '123456789012.dkr.ecr.us-east-1.amazonaws.com';
const annotations = { 'eks.amazonaws.com/ecr-role-arn': 'arn:aws:iam::123456789012:role/pod' };

describe.skipIf(!hasGo)("beside AWS's own plugin", () => {
  test.each([
    ['keys in the environment', privateHost, keys, undefined],
    ['the role of the instance', privateHost, {}, undefined],
    ['a FIPS host', '123456789012.dkr.ecr-fips.us-east-1.amazonaws.com', keys, undefined],
    ['a dual-stack host', '123456789012.dkr-ecr.us-east-1.on.aws', keys, undefined],
    ['ECR Public', 'public.ecr.aws', keys, undefined],
    ["a pod's service account", privateHost, keys, { token: 'jwt', annotations }],
    ['a service account without a role', privateHost, keys, { token: 'jwt', annotations: {} }],
    ['a refused service account', privateHost, keys, { token: 'stale', annotations }],
  ])(
    '%s',
    async (_, host, credentials, serviceAccount) => {
      const aws = awsDouble({ password: 'a:password:with:colons', webIdentityToken: 'jwt' });
      const env = {
        ...aws.env,
        ...credentials,
        AWS_REGION: 'us-east-1',
        HOME: '/nonexistent',
        PATH: '/usr/bin',
      };
      const request = {
        kind: 'CredentialProviderRequest',
        apiVersion: 'credentialprovider.kubelet.k8s.io/v1',
        image: `${host}/team/app`,
        serviceAccountToken: serviceAccount?.token,
        serviceAccountAnnotations: serviceAccount?.annotations,
      };
      const peer = Bun.spawn([buildPeer()], {
        env,
        stdin: new Blob([JSON.stringify(request)]),
        stderr: 'ignore',
      });
      const output = await new Response(peer.stdout).text();
      const theirs = output === '' ? undefined : JSON.parse(output).auth[host];
      const asked = aws.calls.splice(0).map(call => [call.service, call.accessKeyId?.slice(0, 4)]);
      const deadline = new Deadline(Date.now() + 10_000, Date.now);
      const ours = await ecr
        .fetch(
          { options: {}, directory: '/', host, literalHost: false, serviceAccount, deadline, ...noMemory },
          sourceIo(env),
        )
        .catch(() => undefined);
      expect(ours && { username: ours.username, password: ours.password }).toEqual(theirs);
      if (theirs !== undefined) {
        expect(
          aws.calls
            .filter(call => call.service !== 'metadata')
            .map(call => [call.service, call.accessKeyId?.slice(0, 4)]),
        ).toEqual(asked.filter(([service]) => service !== 'metadata'));
      }
      aws.close();
    },
    600_000,
  );
});
