/** The token server of a registry in Bearer mode: https://distribution.github.io/distribution/spec/auth/token/ */

import { randomUUID, sign, X509Certificate } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Authority } from './certificates.ts';

/** Whether this user name and password may do this (`pull`, `push`) in this repository. */
export type Accepts = (username: string, password: string, action: string, repository: string) => boolean;

export interface TokenServer {
  readonly realm: string;
  readonly service: string;
  readonly issuer: string;
  /** What was asked for, one entry a request. */
  readonly requests: { readonly method: string; readonly username: string; readonly granted: boolean }[];
  stop(): Promise<void>;
}

const service = 'registry.test';
const issuer = 'token-server.test';

export async function startTokenServer(authority: Authority, accepts: Accepts): Promise<TokenServer> {
  const { cert, key } = authority.issue('DNS:token-server.test');
  const certificate = new X509Certificate(cert).raw.toString('base64');
  const requests: { method: string; username: string; granted: boolean }[] = [];

  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '', 'http://token-server');
    const [username, password] = basicCredentials(request.headers.authorization);
    const access = url.searchParams.getAll('scope').map(scope => {
      const [type = '', name = '', actions = ''] = scope.split(':');
      return {
        type,
        name,
        actions: actions.split(',').filter(action => accepts(username, password, action, name)),
      };
    });
    const method = request.method ?? '';
    const granted = method === 'GET' && access.some(({ actions }) => actions.length > 0);
    requests.push({ method, username, granted });
    // containerd posts first, and asks again by GET only after an answer such as this one.
    if (method !== 'GET') response.writeHead(405).end();
    else if (!granted) response.writeHead(401).end();
    else response.end(JSON.stringify({ token: jwt(username, access), expires_in: 60 }));
  };

  const jwt = (sub: string, access: object[]) => {
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: issuer,
      sub,
      aud: service,
      exp: now + 60,
      nbf: now - 5,
      iat: now,
      jti: randomUUID(),
      access,
    };
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const text = `${part({ typ: 'JWT', alg: 'ES256', x5c: [certificate] })}.${part(claims)}`;
    const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' });
    return `${text}.${signature.toString('base64url')}`;
  };

  const server = createServer(answer);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    realm: `http://127.0.0.1:${(server.address() as AddressInfo).port}/service/token`,
    service,
    issuer,
    requests,
    stop: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function basicCredentials(header: string | undefined): [string, string] {
  const text = Buffer.from(/^Basic (.+)$/.exec(header ?? '')?.[1] ?? '', 'base64').toString();
  const colon = text.indexOf(':');
  return colon < 0 ? ['', ''] : [text.slice(0, colon), text.slice(colon + 1)];
}
