import type { Context, Router } from 'zeromq';
import { encodeZ85 } from '../../formats/z85';
import { LogLevel } from '../../handle/log-entry';

type Zmq = typeof import('zeromq');

const ENDPOINT = 'inproc://zeromq.zap.01';

/** The ZAP domain of every overlay socket. */
export const ZAP_DOMAIN = 'flux';

/**
 * ZAP 1.0 server (ZeroMQ RFC 27) of one ZeroMQ context: lets peers in whose CURVE public key is listed. Tells the log who came
 * (docs/protocol/wire.md §7, Security).
 */
export class ZapServer {
  readonly #socket: Router;
  readonly #names = new Map<string, string>();
  readonly #log: (level: LogLevel, text: string) => void;
  #serving: Promise<void> = Promise.resolve();

  constructor(zmq: Zmq, context: Context, log: (level: LogLevel, text: string) => void) {
    this.#socket = new zmq.Router({ context, linger: 0 });
    this.#log = log;
  }

  /** Lets in whoever has the secret key of this public one (Z85), under a name. */
  authorize(name: string, publicKey: string): void {
    this.#names.set(publicKey, name);
  }

  /** Must be called before any socket of the context binds. */
  async start(): Promise<void> {
    await this.#socket.bind(ENDPOINT);
    this.#serving = this.#serve();
  }

  async close(): Promise<void> {
    this.#socket.close();
    await this.#serving;
  }

  async #serve(): Promise<void> {
    for await (const [sender, , version, id, , , , mechanism, key] of this.#socket) {
      const name = mechanism?.toString() === 'CURVE' && key?.length === 32 ? this.#names.get(encodeZ85(key)) : undefined;
      if (name !== undefined) this.#log(LogLevel.info, `overlay auth ${name} OK`);
      else this.#log(LogLevel.err, 'overlay auth unknown No access');
      const verdict = name !== undefined ? ['200', 'OK', name] : ['400', 'No access', ''];
      await this.#socket.send([sender!, '', version!, id!, ...verdict, '']);
    }
  }
}
