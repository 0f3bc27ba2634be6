import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { errno } from '../sys/errno';
import { FluxError, isErrno, toFluxError } from '../sys/errors';
import { StreamTransport } from './stream';
import type { Transport } from './transport';

const FIRST_RETRY_MS = 16;
const LAST_RETRY_MS = 2000;

/** Connects to a broker's UNIX socket (wire.md §4). Retries `retries` times, with delays that double, while the socket is not there yet. */
export async function connectLocal(path: string, { retries = 5 } = {}): Promise<Transport> {
  for (let attempt = 0, wait = FIRST_RETRY_MS; ; attempt++, wait = Math.min(wait * 2, LAST_RETRY_MS)) {
    try {
      return await connectOnce(path);
    } catch (e) {
      if (attempt >= retries || !(isErrno(e, 'ENOENT') || isErrno(e, 'ECONNREFUSED'))) throw toFluxError(e);
      await delay(wait);
    }
  }
}

/** The server's first byte decides: 0 is welcome, anything else the errno of a refusal. */
function connectOnce(path: string): Promise<Transport> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ path });
    const fail = (e: unknown) => {
      socket.destroy();
      reject(toFluxError(e));
    };
    const ended = () => fail(new FluxError('ECONNRESET'));
    socket.once('error', fail);
    socket.once('end', ended);
    socket.once('data', (chunk: Buffer) => {
      socket.removeListener('error', fail);
      socket.removeListener('end', ended);
      if (chunk[0] !== 0) {
        fail(new FluxError(chunk[0] ?? errno['ECONNRESET']!));
        return;
      }
      const transport = new StreamTransport(socket);
      if (chunk.length > 1) socket.unshift(chunk.subarray(1));
      resolve(transport);
    });
  });
}
