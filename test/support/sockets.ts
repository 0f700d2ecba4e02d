/** Loopback servers that misbehave below HTTP, and a CONNECT proxy that checks a password. */

import { spawn } from 'node:child_process';
import { connect, createServer, type Socket } from 'node:net';

export interface LoopbackServer {
  readonly port: number;
  /** Connections so far. */
  readonly connections: () => number;
  close(): void;
}

/** Hands every connection's first bytes to `answer`, which may write to the socket, end it or do nothing. */
export function rawServer(answer: (socket: Socket, head: string) => void): Promise<LoopbackServer> {
  let connections = 0;
  const open = new Set<Socket>();
  const server = createServer(socket => {
    connections++;
    open.add(socket);
    socket.on('error', () => {}).once('data', data => answer(socket, data.toString('latin1')));
  });
  return new Promise(resolve => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve({
        port: typeof address === 'object' && address ? address.port : 0,
        connections: () => connections,
        close() {
          for (const socket of open) socket.destroy();
          server.close();
        },
      });
    });
  });
}

/** A proxy that opens every tunnel to `port` on this machine, whatever the name, when the credentials are right. */
export function connectProxy(
  credentials: string,
  port: number,
): Promise<LoopbackServer & { readonly targets: string[] }> {
  const targets: string[] = [];
  const wanted = `proxy-authorization: basic ${btoa(credentials)}`.toLowerCase();
  return rawServer((socket, head) => {
    targets.push(/^CONNECT (\S+)/.exec(head)?.[1] ?? head.split('\r\n', 1).join());
    if (!head.toLowerCase().includes(wanted)) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    const upstream = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(upstream).pipe(socket);
    });
    upstream.on('error', () => socket.destroy());
    socket.on('close', () => upstream.destroy());
  }).then(server => ({ ...server, targets }));
}

/** A port whose connections stay half open: its process listens, never accepts, and its queue is full. */
export async function unansweredPort(): Promise<{ readonly port: number; close(): void }> {
  const program = `const server = require('node:net').createServer();
    server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
      require('node:fs').writeSync(1, server.address().port + '\\n');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });`;
  const child = spawn('node', ['-e', program], { stdio: ['ignore', 'pipe', 'ignore'] });
  const port = await new Promise<number>(resolve =>
    child.stdout.once('data', data => resolve(Number(String(data)))),
  );
  const fillers = Array.from({ length: 4 }, () => connect(port, '127.0.0.1').on('error', () => {}));
  await Promise.all(
    fillers.slice(0, 2).map(socket => new Promise(resolve => socket.once('connect', resolve))),
  );
  return {
    port,
    close() {
      for (const socket of fillers) socket.destroy();
      child.kill('SIGKILL');
    },
  };
}
