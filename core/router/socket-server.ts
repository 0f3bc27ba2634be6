import fs from 'node:fs';
import net from 'node:net';
import { errno } from '../sys/errno';
import { toFluxError } from '../sys/errors';
import { peerCredentials } from '../sys/peercred';
import { checkSocketPath } from '../sys/socket-path';
import { within } from '../sys/within';
import { StreamTransport, type Transport } from '../transport';

/** Where to listen, and for whom. */
export interface SocketServerOptions {
  /** Path of the UNIX socket; an old file is removed first. */
  path: string;
  /**
   * A user connects: gives what takes the connection once the handshake is done. Throw a FluxError to refuse; its errno is what the user gets
   * to see.
   */
  admit: (userid: number) => (transport: Transport) => void;
}

/** A UNIX socket that takes Flux clients. */
export interface SocketServer {
  /** Stops listening and removes the file. Resolves when all connections have ended: their holders see to it, but who does not read is cut off. */
  close(): Promise<void>;
}

const ACCESS_MODE = 0o777; // the folder is the first protection
/** Milliseconds in which clients may read, after close(), what was sent to them. */
const LAST_WORDS_MS = 500;

/**
 * Listens for clients (docs/protocol/wire.md §4): each gets one byte, 0 if it is welcome, else an errno before the connection is closed. Throws
 * EACCES, ENOENT … of bind(2), ENAMETOOLONG too.
 */
export async function bindSocket({ path, admit }: SocketServerOptions): Promise<SocketServer> {
  fs.rmSync(checkSocketPath(path), { force: true });
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    greet(socket, admit);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (e) => reject(toFluxError(e)));
    server.listen(path, resolve);
  });
  fs.chmodSync(path, ACCESS_MODE);
  return {
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      fs.rmSync(path, { force: true });
      if (!(await within(LAST_WORDS_MS, closed))) for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function greet(socket: net.Socket, admit: SocketServerOptions['admit']): void {
  socket.on('error', () => socket.destroy()); // the transport hears of it as well
  let take: (transport: Transport) => void;
  try {
    take = admit(peerCredentials(socket).uid);
  } catch (e) {
    const { errnum } = toFluxError(e, 'EPERM');
    socket.end(Buffer.from([errnum & 0xff || errno['EPERM']!]), () => socket.destroy());
    return;
  }
  socket.write(Buffer.from([0]));
  take(new StreamTransport(socket));
}
