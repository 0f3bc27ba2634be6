import type { Duplex } from 'node:stream';
import type { Flux } from '../handle';
import { userId } from '../sys/credentials';
import type { FluxError } from '../sys/errors';
import { StreamTransport } from '../transport';
import { ClientRouter } from './client-router';
import { Credentials } from './credentials';

/**
 * Welcomes the one client at the other end of a stream and routes its messages to `upstream` until one of the two ends (`flux relay`,
 * docs/protocol/wire.md §5). Gives the client's error: ECONNRESET is an ordinary end.
 */
export async function relay(upstream: Flux, stream: Duplex): Promise<FluxError | undefined> {
  const router = new ClientRouter(upstream);
  stream.write(Buffer.from([0]));
  const client = router.add(new StreamTransport(stream), Credentials.relay(userId()));
  const gone = new Promise<FluxError | undefined>((resolve) => {
    client.onGone = resolve;
  });
  void upstream.closed.then(() => router.close());
  return gone;
}
