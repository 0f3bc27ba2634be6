import type { Context, Dealer } from 'zeromq';
import { LogLevel } from '../../handle/log-entry';
import { decodeFrames, encodeFrames, type Message } from '../../message';
import { errorText } from '../../sys/errors';
import type { OverlayTimeouts } from '../overlay';
import { type CurveKeys, socketOptions, uriError } from './options';
import { type ConnectionChange, watchSocket } from './sockevents';

/** The address and keys of a connection to the parent. */
export interface ConnectionOptions {
  zmq: typeof import('zeromq');
  context: Context;
  uri: string;
  /** The parent's CURVE public key. */
  serverKey: string;
  keys: CurveKeys;
  ipv6: boolean;
  timeouts: OverlayTimeouts;
  /** Write every socket event to the log (`tbon.zmqdebug`). */
  debug: boolean;
  log(level: LogLevel, text: string): void;
}

/** Called with each message from the parent, and when the connection changes; `reason` is the system's text of a failure, else empty. */
export interface ConnectionHandlers {
  onMessage(message: Message): void;
  onChange(change: ConnectionChange, reason: string): void;
}

/**
 * One connection to the parent, or the attempt at one: a DEALER socket. ZeroMQ would mend it and deliver what has waited in it meanwhile, requests that have
 * been answered EHOSTUNREACH among them, perhaps before we even hear of it; so it must not, a connection that breaks is thrown away with all that is
 * queued in it, and the next one has another routing id.
 */
export class ParentConnection {
  readonly #options: ConnectionOptions;
  readonly #handlers: ConnectionHandlers;
  readonly #socket: Dealer;
  readonly #ended: Promise<unknown>;
  #open = true;

  constructor(routingId: string, options: ConnectionOptions, handlers: ConnectionHandlers) {
    const { zmq, context, uri, serverKey, keys, ipv6, timeouts, debug: verbose, log } = options;
    this.#options = options;
    this.#handlers = handlers;
    this.#socket = new zmq.Dealer({
      context,
      ...socketOptions(timeouts),
      routingId,
      ipv6,
      curveServerKey: serverKey,
      curvePublicKey: keys.publicKey,
      curveSecretKey: keys.secretKey,
    });
    const onChange = (change: ConnectionChange, reason: string) => {
      if (this.#open) handlers.onChange(change, reason);
    };
    const watching = watchSocket(this.#socket.events, { side: 'parent', verbose, log, onChange });
    try {
      this.#socket.connect(uri);
    } catch (e) {
      this.#open = false;
      this.#socket.close();
      throw uriError('connect to', uri, e);
    }
    this.#ended = Promise.allSettled([watching, this.#receive()]);
  }

  /** Sends a message. A failure means that the connection is broken, and counts as its end: the socket's own event may come later. */
  send(message: Message): void {
    if (!this.#open) return;
    this.#socket.send(encodeFrames(message)).catch((e) => {
      if (this.#open) this.#handlers.onChange('down', errorText(e));
    });
  }

  /** Ends it. `drop`: what is queued is not sent any more. */
  async close({ drop = false } = {}): Promise<void> {
    if (this.#open) {
      this.#open = false;
      if (drop) this.#socket.linger = 0;
      this.#socket.close();
    }
    await this.#ended;
  }

  async #receive(): Promise<void> {
    for await (const frames of this.#socket) {
      if (!this.#open) return;
      try {
        this.#handlers.onMessage(decodeFrames(frames));
      } catch (e) {
        this.#options.log(LogLevel.err, `DROP upstream message: ${errorText(e)}`);
      }
    }
  }
}
