/**
 * GetAuthorizationToken with the SDK's own schema, protocol and signer, and without its client: the client's middleware, retries,
 * endpoint rules and browser parts do nothing here that the host or the HTTP layer has not done, and cost 5 ms of 20.
 */

import { GetAuthorizationToken$ } from '@aws-sdk/client-ecr';
import { AwsJson1_1Protocol } from '@aws-sdk/core/protocols';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Io } from '../../io/io.ts';
import type { Keys } from './principal.ts';
import type { Target } from './target.ts';
import { type AwsTransport, NativeSha256, type SignedRequest, userAgent } from './transport.ts';

export interface AuthorizationData {
  /** Base64 of `user:password`. */
  readonly authorizationToken?: string;
  readonly expiresAt?: Date;
}

const [, namespace, name, traits, input, output] = GetAuthorizationToken$;
const operation = { namespace, name, traits, input, output };

/** The names under which ECR and ECR Public speak the same protocol: in `X-Amz-Target`, and in the signature's scope. */
const services = {
  private: { serviceTarget: 'AmazonEC2ContainerRegistry_V20150921', service: 'ecr' },
  public: { serviceTarget: 'SpencerFrontendService', service: 'ecr-public' },
};

/** Rejects with the SDK's exception for a refusal or an answer that is none; `transport.last` then has the answer. */
export async function getAuthorizationToken(
  target: Target,
  keys: Keys,
  registryId: string | undefined,
  transport: AwsTransport,
  io: Io,
): Promise<AuthorizationData | undefined> {
  const { serviceTarget, service } = target.public ? services.public : services.private;
  const protocol = new AwsJson1_1Protocol({ defaultNamespace: namespace, serviceTarget });
  const signer = new SignatureV4({
    credentials: { ...keys },
    region: target.region,
    service,
    sha256: NativeSha256 as never,
  });
  const url = new URL(target.endpoint);
  // All that the protocol reads of a client's context.
  const context = { endpoint: async () => ({ url }) } as never;
  const parameters = registryId === undefined ? {} : { registryIds: [registryId] };
  const request = await protocol.serializeRequest(operation, parameters, context);
  Object.assign(request.headers, { host: url.host, 'user-agent': userAgent });
  const signed = await signer.sign(request, { signingDate: new Date(io.now()) });
  const { response } = await transport.handle(signed as SignedRequest);
  const answer = await protocol.deserializeResponse(operation, context, response);
  return (answer as { authorizationData?: AuthorizationData[] }).authorizationData?.[0];
}
