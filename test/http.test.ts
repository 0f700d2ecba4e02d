/** The HTTP layer on both runtimes: the same requests, the same answers, the same codes of failure. */

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { type Authority, canCertify, createAuthority } from './support/certificates.ts';
import { type DriverRequest, drive, type Outcome } from './support/http-driver.ts';
import { connectProxy, rawServer, unansweredPort } from './support/sockets.ts';

setDefaultTimeout(30_000);

const folder = mkdtempSync(join(tmpdir(), 'keyring-http-'));
const bundle = join(folder, 'driver.mjs');
let authority: Authority;

beforeAll(() => {
  authority = createAuthority();
  buildSync({
    entryPoints: [join(import.meta.dir, 'support/http-driver.ts')],
    bundle: true,
    format: 'esm',
    platform: 'node',
    outfile: bundle,
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
});

afterAll(() => {
  authority.remove();
  rmSync(folder, { recursive: true });
});

function driveOnNode(request: DriverRequest): Promise<Outcome> {
  const child = spawn('node', [bundle, 'drive'], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(request));
  let output = '';
  child.stdout.on('data', data => {
    output += String(data);
  });
  return new Promise(resolve => child.on('close', () => resolve(JSON.parse(output))));
}

type Seen = { method: string; path: string; headers: Record<string, string>; body: string };

/** An HTTP server that answers the n-th request with `answers[n]`, the last one for ever after. */
function scripted(answers: readonly (() => Response)[], tls?: { cert: string; key: string }) {
  const seen: Seen[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    ...(tls && { tls }),
    async fetch(request) {
      const headers = Object.fromEntries(request.headers);
      seen.push({
        method: request.method,
        path: new URL(request.url).pathname,
        headers,
        body: await request.text(),
      });
      return answers[Math.min(seen.length, answers.length) - 1]?.() ?? new Response('ok');
    },
  });
  const scheme = tls ? 'https' : 'http';
  return {
    seen,
    url: `${scheme}://127.0.0.1:${server.port}/`,
    port: server.port ?? 0,
    close: () => server.stop(true),
  };
}

const get = { method: 'GET', headers: {} } as const;

describe.each([
  ['Bun', drive],
  ['Node', driveOnNode],
] as const)('under %s', (_, run) => {
  test('method, headers and body arrive, and status, headers and body come back', async () => {
    const server = scripted([() => new Response('pong', { status: 201, headers: { 'X-Request-Id': 'r1' } })]);
    const outcome = await run({
      method: 'POST',
      url: `${server.url}p`,
      headers: { 'x-a': 'b' },
      body: '{"é":1}',
    });
    server.close();
    expect(outcome).toMatchObject({
      response: { status: 201, body: 'pong', headers: { 'x-request-id': 'r1' } },
    });
    expect(server.seen).toMatchObject([
      { method: 'POST', path: '/p', body: '{"é":1}', headers: { 'x-a': 'b' } },
    ]);
  });

  test('5xx and 429 are tried again, at most three times in all', async () => {
    const bad = (status: number) => () => new Response('no', { status });
    const recovers = scripted([bad(500), bad(429), () => new Response('ok')]);
    expect(await run({ ...get, url: recovers.url })).toMatchObject({ response: { status: 200 } });
    recovers.close();
    const broken = scripted([bad(503)]);
    expect(await run({ ...get, url: broken.url })).toMatchObject({ response: { status: 503 } });
    expect(broken.seen).toHaveLength(3);
    broken.close();
  });

  test('other answers are final', async () => {
    const server = scripted([() => new Response('no', { status: 403 })]);
    expect(await run({ ...get, url: server.url })).toMatchObject({ response: { status: 403 } });
    expect(server.seen).toHaveLength(1);
    server.close();
  });

  test('a Retry-After beyond the deadline ends the attempts', async () => {
    const server = scripted([() => new Response('', { status: 429, headers: { 'Retry-After': '60' } })]);
    expect(await run({ ...get, url: server.url })).toMatchObject({ response: { status: 429 } });
    expect(server.seen).toHaveLength(1);
    server.close();
  });

  test('a redirect is an error and is never followed', async () => {
    const elsewhere = scripted([() => new Response('stolen')]);
    const server = scripted([() => Response.redirect(elsewhere.url, 307)]);
    const outcome = await run({ ...get, url: server.url, headers: { authorization: 'secret' } });
    expect(outcome).toMatchObject({ code: 'Redirected' });
    expect(elsewhere.seen).toHaveLength(0);
    expect(server.seen).toHaveLength(1);
    server.close();
    elsewhere.close();
  });

  test('a body of more than 1 MiB is an error, one of exactly 1 MiB is not', async () => {
    const server = scripted([
      () => new Response('x'.repeat(2 ** 20)),
      () => new Response('x'.repeat(2 ** 20 + 1)),
    ]);
    expect(await run({ ...get, url: server.url })).toMatchObject({ response: { status: 200 } });
    expect(await run({ ...get, url: server.url })).toMatchObject({ code: 'ResponseTooLarge' });
    server.close();
  });

  test('a lost connection is tried three times and told from a body cut short', async () => {
    const reset = await rawServer(socket => socket.destroy());
    expect(await run({ ...get, url: `http://127.0.0.1:${reset.port}/` })).toMatchObject({
      code: 'ConnectionReset',
    });
    expect(reset.connections()).toBe(3);
    reset.close();
    const cut = await rawServer(socket => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc');
      setTimeout(() => socket.destroy(), 50);
    });
    const outcome = await run({ ...get, url: `http://127.0.0.1:${cut.port}/` });
    expect(outcome).toMatchObject({ code: 'Truncated' });
    expect(cut.connections()).toBe(3);
    cut.close();
  });

  test('a refused connection, an unknown name and a server that hangs are told apart', async () => {
    const closed = await rawServer(() => {});
    closed.close();
    expect(await run({ ...get, url: `http://127.0.0.1:${closed.port}/` })).toMatchObject({
      code: 'ConnectionRefused',
    });
    expect(await run({ ...get, url: 'https://registry.invalid/' })).toMatchObject({
      code: 'NameNotResolved',
    });
    const hangs = await rawServer(() => {});
    const url = `http://127.0.0.1:${hangs.port}/`;
    expect(await run({ ...get, url, timeout: 100 })).toMatchObject({ code: 'Timeout' });
    expect(hangs.connections()).toBe(3);
    expect(await run({ ...get, url, within: 100 })).toMatchObject({ code: 'Timeout' });
    expect(hangs.connections()).toBe(4);
    hangs.close();
  });

  test('a connection that is never made is told from an answer that never comes', async () => {
    const dead = await unansweredPort();
    const url = `http://127.0.0.1:${dead.port}/`;
    expect(await run({ ...get, url, connectTimeout: 200, attempts: 1 })).toMatchObject({
      code: 'ConnectTimeout',
    });
    dead.close();
    const slow = await rawServer(
      socket => void setTimeout(() => socket.end('HTTP/1.1 204 Late\r\n\r\n'), 400),
    );
    const late = await run({ ...get, url: `http://127.0.0.1:${slow.port}/`, connectTimeout: 100 });
    expect(late).toMatchObject({ response: { status: 204 } });
    slow.close();
  });

  test.skipIf(!canCertify)(
    'certificates: unknown authority, wrong name and expiry each have their code',
    async () => {
      const good = scripted([], authority.issue('IP:127.0.0.1'));
      const wrongName = scripted([], authority.issue('DNS:other.example'));
      const expired = scripted([], authority.issue('IP:127.0.0.1', 'expired'));
      const trusting = { ...get, authorityFiles: [authority.file] };
      expect(await run({ ...get, url: good.url })).toMatchObject({ code: 'UnknownAuthority' });
      expect(await run({ ...trusting, url: good.url })).toMatchObject({ response: { body: 'ok' } });
      expect(await run({ ...trusting, url: wrongName.url })).toMatchObject({
        code: 'CertificateNameMismatch',
      });
      expect(await run({ ...trusting, url: expired.url })).toMatchObject({ code: 'CertificateExpired' });
      for (const variable of ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE']) {
        const outcome = await run({ ...get, url: good.url, env: { [variable]: authority.file } });
        expect(outcome).toMatchObject({ response: { body: 'ok' } });
      }
      for (const server of [good, wrongName, expired]) server.close();
    },
  );

  test('a named certificate file that is missing is an error that names it', async () => {
    const outcome = await run({ ...get, url: 'https://127.0.0.1:1/', authorityFiles: ['/nowhere/ca.pem'] });
    expect(outcome).toMatchObject({ code: 'UnreadableCertificates' });
    expect('message' in outcome && outcome.message).toContain('/nowhere/ca.pem');
  });

  test.skipIf(!canCertify)(
    'https goes through the proxy with its credentials, and NO_PROXY and plain http do not',
    async () => {
      const server = scripted([], authority.issue('DNS:api.registry.invalid,IP:127.0.0.1'));
      const proxy = await connectProxy('us er:p@ss', server.port);
      const HTTPS_PROXY = `http://us%20er:p%40ss@127.0.0.1:${proxy.port}`;
      const trusting = { ...get, authorityFiles: [authority.file] };
      const named = { ...trusting, url: 'https://api.registry.invalid/' };
      expect(await run({ ...named, env: { HTTPS_PROXY } })).toMatchObject({ response: { body: 'ok' } });
      expect(await run({ ...named, env: { http_proxy: HTTPS_PROXY } })).toMatchObject({
        response: { body: 'ok' },
      });
      expect(proxy.targets).toEqual(['api.registry.invalid:443', 'api.registry.invalid:443']);
      const bypass = { HTTPS_PROXY, NO_PROXY: '10.0.0.0/8,127.0.0.0/8' };
      expect(await run({ ...trusting, url: server.url, env: bypass })).toMatchObject({
        response: { body: 'ok' },
      });
      const plain = scripted([]);
      const env = { HTTP_PROXY: HTTPS_PROXY, http_proxy: HTTPS_PROXY };
      expect(await run({ ...get, url: plain.url, env })).toMatchObject({ response: { body: 'ok' } });
      expect(proxy.targets).toHaveLength(2);
      for (const each of [server, proxy, plain]) each.close();
    },
  );

  test("a proxy's refusal is named without its credentials", async () => {
    const proxy = await connectProxy('user:right', 1);
    const env = { HTTPS_PROXY: `http://user:wr0ng@127.0.0.1:${proxy.port}` };
    const outcome = await run({ ...get, url: 'https://api.registry.invalid/', env });
    expect(outcome).toMatchObject({ code: 'Proxy407' });
    expect(JSON.stringify(outcome)).not.toContain('wr0ng');
    expect(proxy.targets).toHaveLength(1);
    proxy.close();
  });

  test('plain http is refused for anything but this machine and the metadata services', async () => {
    expect(await run({ ...get, url: 'http://registry.invalid/' })).toMatchObject({ code: 'InsecureUrl' });
    expect(await run({ ...get, url: 'http://127.0.0.1.example/' })).toMatchObject({ code: 'InsecureUrl' });
    expect(await run({ ...get, url: 'ftp://127.0.0.1/' })).toMatchObject({ code: 'InvalidUrl' });
  });
});
