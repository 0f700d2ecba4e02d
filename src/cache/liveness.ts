/** A sign of life that ends with its process: a listening unix socket, told apart from a dead one by connecting to it. */

import { readFileSync } from 'node:fs';
import { errorCode } from '../io/io.ts';

/** Stops listening; everybody who watches learns of it at once. */
export type StopListening = () => void;

export interface Watch {
  /** Resolves when the listening process stopped listening or ended, however it ended; never rejects. */
  readonly ended: Promise<void>;
  stop(): void;
}

/** Starts to listen at `path`, which must not exist. Rejects with the system's code. */
export async function listen(path: string): Promise<StopListening> {
  // Bun's own sockets: node:net costs 3 ms in Bun.
  if (typeof Bun !== 'undefined') {
    const server = Bun.listen({ unix: path, socket: { data() {} } });
    return () => server.stop(true);
  }
  const { createServer } = await import('node:net');
  const connections = new Set<{ destroy(): void }>();
  const server = createServer(socket => {
    connections.add(socket);
    socket.on('error', () => {}).on('close', () => connections.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(path, resolve);
  });
  return () => {
    server.close();
    for (const connection of connections) connection.destroy();
  };
}

/**
 * Watches the process that listens at `path`, whose last part no other socket was ever called.
 * undefined when nobody listens: the kernel refuses the connection (or the path is gone).
 * `unsure` when that cannot be told now: a crowd fills the queue of those who connect, or the process ended just then.
 * Rejects with the system's code for everything else.
 */
export async function watch(path: string): Promise<Watch | 'unsure' | undefined> {
  try {
    return typeof Bun !== 'undefined' ? await watchWithBun(path) : await watchWithNode(path);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT') return undefined;
    if (code === 'EAGAIN' || code === 'ECONNRESET') return 'unsure';
    if (code !== 'ECONNREFUSED') throw error;
    return isListed(path.slice(path.lastIndexOf('/') + 1)) ? 'unsure' : undefined;
  }
}

/** __SO_ACCEPTCON in [proc_net_unix(5)](https://man7.org/linux/man-pages/man5/proc_net_unix.5.html). */
const LISTENING = '00010000';

/** Bun calls a full queue (EAGAIN) a refused connection, as BSD kernels do; Linux says elsewhere who listens. */
function isListed(name: string): boolean {
  let sockets: string;
  try {
    sockets = readFileSync('/proc/net/unix', 'utf8');
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return false;
  }
  return sockets.split('\n').some(line => line.endsWith(`/${name}`) && line.split(' ')[3] === LISTENING);
}

async function watchWithBun(path: string): Promise<Watch> {
  let end = () => {};
  const ended = new Promise<void>(resolve => {
    end = resolve;
  });
  const socket = await Bun.connect({ unix: path, socket: { data() {}, end, close: end, error: end } });
  return { ended, stop: () => socket.terminate() };
}

async function watchWithNode(path: string): Promise<Watch> {
  const { connect } = await import('node:net');
  const socket = connect(path);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve).once('error', reject);
  });
  const ended = new Promise<void>(resolve => {
    socket.on('error', () => {}).once('close', () => resolve());
  });
  socket.resume();
  return { ended, stop: () => socket.destroy() };
}
