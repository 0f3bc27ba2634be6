import type { Duplex } from 'node:stream';
import type { Message } from '../message';
import { FluxError, toFluxError } from '../sys/errors';
import { FrameReader, frameMessage } from './framing';
import type { Transport } from './transport';

/** Messages over any byte stream whose handshake is done: a UNIX socket, or the stdin and stdout of a relay. */
export class StreamTransport implements Transport {
  onClose: (error?: FluxError) => void = () => {};
  readonly #stream: Duplex;
  readonly #reader = new FrameReader();
  #receiver: ((message: Message) => void) | undefined;
  #open = true;

  constructor(stream: Duplex) {
    this.#stream = stream;
    stream.on('end', () => this.#shut(new FluxError('ECONNRESET')));
    stream.on('close', () => this.#shut(new FluxError('ECONNRESET')));
    stream.on('error', (e) => this.#shut(lost(toFluxError(e, 'EIO'))));
  }

  get onMessage(): (message: Message) => void {
    return this.#receiver ?? (() => {});
  }
  /** Reading starts with the first receiver, so that nothing is lost before there is one. */
  set onMessage(receiver: (message: Message) => void) {
    const first = this.#receiver === undefined;
    this.#receiver = receiver;
    if (!first) return;
    this.#stream.on('data', (chunk: Buffer) => this.#feed(chunk));
    this.#stream.resume(); // the handshake has paused it
  }

  /** Sends a message; all messages of one turn of the event loop are written at once. */
  send(message: Message): void {
    if (!this.#open) return;
    if (this.#stream.writableCorked === 0) {
      this.#stream.cork();
      process.nextTick(() => this.#stream.uncork());
    }
    this.#stream.write(frameMessage(message));
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#stream.end(() => this.#stream.destroy());
    this.onClose();
  }

  /** Ends the connection at once, dropping unsent output (docs/protocol/wire.md §4: a client that breaks the protocol). */
  abort(error: FluxError): void {
    this.#shut(error);
  }

  setRef(ref: boolean): void {
    const stream = this.#stream as Duplex & { ref?: () => void; unref?: () => void };
    if (ref) stream.ref?.();
    else stream.unref?.();
  }

  #feed(chunk: Buffer): void {
    if (!this.#open) return;
    try {
      this.#reader.feed(chunk, (message) => {
        if (this.#open) this.onMessage(message);
      });
    } catch (e) {
      this.#shut(toFluxError(e, 'EPROTO'));
    }
  }

  #shut(error: FluxError): void {
    if (!this.#open) return;
    this.#open = false;
    this.#stream.destroy();
    this.onClose(error);
  }
}

/** The error of a lost peer: EPIPE, which only writers get, becomes ECONNRESET, as readers get it. */
const lost = (error: FluxError): FluxError => (error.code === 'EPIPE' ? new FluxError('ECONNRESET') : error);
