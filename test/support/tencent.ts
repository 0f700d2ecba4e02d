/** Tencent Cloud on a loopback port: the TCR API, STS and the metadata of a CVM, with every way to fail. */

import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { ServerCertificate } from './certificates.ts';
import { type Account, api, errorAnswer, expiry, temporaryKeys } from './tencent-api.ts';

export interface Call {
  readonly action: string;
  readonly region: string | undefined;
  readonly language: string | undefined;
  readonly params: Record<string, unknown>;
  readonly headers: IncomingHttpHeaders;
}

/** How an answer goes wrong. `code` is an error of the API, which comes as HTTP 200. */
export type Failure =
  | { readonly code: string }
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string }
  | { readonly response: unknown }
  | { readonly delay: number }
  | 'hang'
  | 'reset'
  | 'truncated'
  | 'html'
  | 'huge';

export interface Tencent extends Account {
  readonly url: string;
  readonly port: number;
  readonly calls: Call[];
  /** The next `times` calls of the action (or of `metadata`) fail; where several are set, in the order of setting. */
  fail(action: string, failure: Failure, times?: number): void;
  actions(): string[];
  stop(): Promise<void>;
}

/** Speaks TLS when it is given a certificate. */
export async function startTencent(certificate?: ServerCertificate): Promise<Tencent> {
  const failures: { action: string; failure: Failure; left: number }[] = [];
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    void handle(cloud, takeFailure, request, response).catch(error => response.destroy(error as Error));
  };
  const server = certificate ? createTlsServer(certificate, answer) : createServer(answer);
  const takeFailure = (action: string): Failure | undefined => {
    const planned = failures.find(entry => entry.action === action && entry.left > 0);
    if (planned) planned.left -= 1;
    return planned?.failure;
  };
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const cloud: Tencent = {
    url: `${certificate ? 'https' : 'http'}://127.0.0.1:${port}`,
    port,
    principals: new Map(),
    instances: [],
    roles: new Map(),
    webTokens: new Map(),
    cvmRole: undefined,
    clockSkew: 0,
    tokenFields: {},
    calls: [],
    issued: new Map(),
    fail: (action, failure, times = Number.POSITIVE_INFINITY) => {
      failures.push({ action, failure, left: times });
    },
    actions: () => cloud.calls.map(call => call.action),
    stop: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return cloud;
}

async function handle(
  cloud: Tencent,
  takeFailure: (action: string) => Failure | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let body = '';
  for await (const chunk of request) body += chunk;
  const { headers } = request;
  const isMetadata = request.method === 'GET';
  const action = isMetadata ? 'metadata' : String(headers['x-tc-action']);
  cloud.calls.push({
    action,
    region: headers['x-tc-region']?.toString(),
    language: headers['x-tc-language']?.toString(),
    params: isMetadata ? { path: request.url } : JSON.parse(body || '{}'),
    headers,
  });
  const failure = takeFailure(action);
  if (failure !== undefined && (await failAs(failure, response))) return;
  if (isMetadata) metadata(cloud, request.url ?? '', response);
  else send(response, 200, 'application/json', JSON.stringify(api(cloud, action, headers, body)));
}

/** True when the failure is the whole answer. */
async function failAs(failure: Failure, response: ServerResponse): Promise<boolean> {
  if (failure === 'hang') return true;
  if (failure === 'reset') {
    response.socket?.destroy();
  } else if (failure === 'truncated') {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '4000' });
    await new Promise(resolve => response.write('{"Response":{"Username":"1000', resolve));
    response.socket?.destroy();
  } else if (failure === 'html') {
    send(response, 200, 'text/html', '<html><body>sign in to the hotel network</body></html>');
  } else if (failure === 'huge') {
    send(response, 200, 'application/json', `{"Response":{"Token":"${'x'.repeat(3 << 20)}"}}`);
  } else if ('code' in failure) {
    send(response, 200, 'application/json', JSON.stringify(errorAnswer(failure.code)));
  } else if ('response' in failure) {
    send(response, 200, 'application/json', JSON.stringify({ Response: failure.response }));
  } else if ('status' in failure) {
    for (const [name, value] of Object.entries(failure.headers ?? {})) response.setHeader(name, value);
    send(response, failure.status, 'text/plain', failure.body ?? 'no');
  } else {
    await new Promise(resolve => setTimeout(resolve, failure.delay));
    return false;
  }
  return true;
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

function metadata(cloud: Account, path: string, response: ServerResponse): void {
  const folder = '/latest/meta-data/cam/security-credentials/';
  const role = cloud.cvmRole;
  if (role && path === folder) {
    send(response, 200, 'text/plain', role.name);
    return;
  }
  if (role && path === folder + role.name) {
    const answer = { ...temporaryKeys(cloud, role.principal), ...expiry(), Code: 'Success' };
    send(response, 200, 'application/json', JSON.stringify(answer));
    return;
  }
  send(response, 404, 'text/html', '<html><head><title>404 Not Found</title></head></html>');
}
