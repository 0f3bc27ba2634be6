import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { isErrno, toFluxError } from '../sys/errors';
import { checkSocketPath } from '../sys/socket-path';
import { awaitWelcome } from './handshake';
import { StreamTransport } from './stream';
import type { Transport } from './transport';

const FIRST_RETRY_MS = 16;
const LAST_RETRY_MS = 2000;

/**
 * Connects to a broker's UNIX socket (docs/protocol/wire.md §4). Retries `retries` times, with delays that double, while the socket is not there yet.
 */
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

async function connectOnce(path: string): Promise<Transport> {
  const socket = net.connect({ path: checkSocketPath(path) });
  await awaitWelcome(socket);
  return new StreamTransport(socket);
}
