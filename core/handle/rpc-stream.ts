import type { JsonObject } from '../formats/json';
import type { Message } from '../message';
import type { FluxError } from '../sys/errors';
import { AsyncQueue } from './queue';

/** The handle's functions that a stream of responses uses. */
export interface StreamHandle {
  cancel(): void;
  /** Nobody reads any more, though responses may come. */
  drop(): void;
  /** No response will come any more. */
  finish(): void;
}

/**
 * The responses of a streaming RPC, as an async iterator of decoded payloads; ENODATA is the normal end, any other error is thrown. Leaving the loop
 * early drops the RPC; where the service knows `cancel`, call `cancel()` and read on to the end.
 */
export class RpcStream<T = JsonObject> implements AsyncIterableIterator<T> {
  readonly matchtag: number;
  readonly #queue: AsyncQueue<Message>;
  readonly #handle: StreamHandle;
  readonly #read: (response: Message) => unknown;

  constructor(matchtag: number, handle: StreamHandle, read: (response: Message) => unknown = payloadOf) {
    this.matchtag = matchtag;
    this.#read = read;
    this.#handle = handle;
    this.#queue = new AsyncQueue<Message>(() => handle.drop());
  }

  /** Sends `SERVICE.cancel` for this stream (docs/protocol/wire.md §3); the service ends it with ENODATA. */
  cancel(): void {
    this.#handle.cancel();
  }

  /** The last response has come, which was no error: of services that end their streams otherwise (broker.rexec, docs/protocol/broker.md §8). */
  finish(): void {
    this.#queue.end();
    this.#handle.finish();
  }

  async next(): Promise<IteratorResult<T>> {
    const result = await this.#queue.next();
    if (result.done) return { value: undefined, done: true };
    return { value: this.#read(result.value) as T, done: false };
  }

  /** The next response as a message (raw payloads, texts); undefined at the end. */
  async nextMessage(): Promise<Message | undefined> {
    const result = await this.#queue.next();
    return result.done ? undefined : result.value;
  }

  return(): Promise<IteratorResult<T>> {
    return this.#queue.return() as Promise<IteratorResult<T>>;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** For the handle: a response has come. */
  push(message: Message): void {
    this.#queue.push(message);
  }
  /** For the handle: the stream is over, normally without an error. */
  end(error?: FluxError): void {
    this.#queue.end(error);
  }
}

/** The decoded payload of a response; `{}` if it has none. */
export function payloadOf(message: Message): unknown {
  return message.payload ? message.json() : {};
}
