import type { Context, Dealer } from 'zeromq';
import { decodeFrames, encodeFrames, Message, Role } from '../../message';
import { FluxError } from '../../sys/errors';
import type { SubtreeStatus } from '../subtree-health';
import { ControlType, type CurveKeys, HELLO_VERSION, socketOptions } from './options';

type Zmq = typeof import('zeromq');

export interface ParentOptions {
  rank: number;
  uuid: string;
  parentRank: number;
  uri: string;
  /** The parent's CURVE public key. */
  serverKey: string;
  keys: CurveKeys;
  ipv6: boolean;
  userid: number;
  hostname(rank: number): string;
  onMessage(message: Message): void;
  onGone(error: FluxError): void;
  log(level: number, text: string): void;
}

/** The parent's side of the overlay: a DEALER socket whose first word is hello. */
export class OverlayParent {
  readonly #options: ParentOptions;
  readonly #socket: Dealer;
  #uuid: string | undefined;
  #lastSent = performance.now();
  #closed = false;
  #hello: { resolve(): void; reject(e: FluxError): void } | undefined;
  #receiving: Promise<void> = Promise.resolve();

  constructor(zmq: Zmq, context: Context, options: ParentOptions) {
    this.#options = options;
    this.#socket = new zmq.Dealer({
      context,
      ...socketOptions,
      routingId: options.uuid,
      ipv6: options.ipv6,
      curveServerKey: options.serverKey,
      curvePublicKey: options.keys.publicKey,
      curveSecretKey: options.keys.secretKey,
    });
  }

  /** Uuid of the parent while it is online. */
  get uuid(): string | undefined {
    return this.#uuid;
  }

  get uri(): string {
    return this.#options.uri;
  }

  /** Connects and says hello; rejects with the parent's answer when it refuses. */
  async hello(status: SubtreeStatus): Promise<void> {
    this.#socket.connect(this.#options.uri);
    this.#receiving = this.#receive();
    const { rank, uuid, userid } = this.#options;
    const request = Message.request('overlay.hello', { rank, version: HELLO_VERSION, uuid, status }).enableRoutes();
    request.rolemask = Role.owner;
    request.userid = userid;
    const answered = new Promise<void>((resolve, reject) => {
      this.#hello = { resolve, reject };
    });
    this.#write(request);
    await answered;
  }

  /** Sends a request, response or unpublished event up. */
  send(message: Message): void {
    if (this.#uuid === undefined) throw new FluxError('EHOSTUNREACH');
    if (message.isEvent) message.enableRoutes();
    this.#write(message);
  }

  status(status: SubtreeStatus): void {
    if (this.#uuid !== undefined) this.#write(Message.control(ControlType.status, status).enableRoutes());
  }

  /** Sends a heartbeat if nothing was sent for `afterMs`. */
  keepalive(now: number, afterMs: number): void {
    if (this.#uuid !== undefined && now - this.#lastSent > afterMs) this.#write(Message.control(ControlType.heartbeat, 0).enableRoutes());
  }

  async close(): Promise<void> {
    this.#uuid = undefined;
    this.#closed = true;
    this.#hello?.reject(new FluxError('ECANCELED'));
    this.#socket.close();
    await Promise.allSettled([this.#receiving]);
  }

  #write(message: Message): void {
    if (this.#closed) return;
    this.#lastSent = performance.now();
    this.#socket.send(encodeFrames(message)).catch((e) => {
      this.#options.log(3, `overlay send to parent: ${e instanceof Error ? e.message : String(e)}`);
    });
  }

  async #receive(): Promise<void> {
    for await (const frames of this.#socket) {
      try {
        this.#take(decodeFrames(frames));
      } catch (e) {
        this.#options.log(3, `DROP upstream message: ${e instanceof Error ? e.message : String(e)}`);
      }
    }
  }

  #take(message: Message): void {
    if (this.#hello) {
      this.#takeHello(message);
      return;
    }
    if (message.isControl) {
      if (message.aux1 === ControlType.disconnect) this.#disconnected();
      return;
    }
    if (this.#uuid === undefined) return;
    if (message.isEvent) message.clearRoutes();
    this.#options.onMessage(message);
  }

  #takeHello(message: Message): void {
    if (!message.isResponse || message.topic !== 'overlay.hello') {
      this.#options.log(3, `DROP upstream ${message.topic ?? '-'}: message received before hello handshake completed`);
      return;
    }
    const { resolve, reject } = this.#hello!;
    this.#hello = undefined;
    if (message.errnum !== 0) {
      reject(message.error());
      return;
    }
    this.#uuid = String(message.json()['uuid']);
    this.#options.log(7, `hello parent ${this.#options.parentRank} ${this.#uuid}`);
    resolve();
  }

  #disconnected(): void {
    if (this.#uuid === undefined) return;
    const { parentRank, hostname, log, onGone } = this.#options;
    log(2, `${hostname(parentRank)} (rank ${parentRank}) sent disconnect control message`);
    this.#uuid = undefined;
    onGone(new FluxError('EHOSTUNREACH', 'overlay disconnect'));
  }
}
