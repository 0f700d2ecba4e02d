/** A sign of life that ends with its process: a listening unix socket, told apart from a dead one by connecting to it. */

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
 * Watches the process that listens at `path`. undefined when nobody does: the kernel refuses the connection (or the path is gone).
 * Rejects with the system's code when that cannot be told, as when a crowd fills the queue of those who connect.
 */
export async function watch(path: string): Promise<Watch | undefined> {
  try {
    return typeof Bun !== 'undefined' ? await watchWithBun(path) : await watchWithNode(path);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ECONNREFUSED' || code === 'ENOENT') return undefined;
    throw error;
  }
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
