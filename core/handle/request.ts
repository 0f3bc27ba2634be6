import type { JsonObject } from '../formats/json';
import { Message, type PayloadInput } from '../message';
import { toFluxError } from '../sys/errors';

/**
 * A request as its handler sees it. Respond to it once (`respond`), many times if it is streaming, or with an error; a request with NORESPONSE swallows all.
 * `signal` is aborted when the sender cancels, disconnects, or the service goes away.
 */
export class Request {
  readonly message: Message;
  readonly #send: (message: Message) => void;
  #abort: AbortController | undefined;
  #ended = false;

  constructor(message: Message, send: (message: Message) => void) {
    this.message = message;
    this.#send = send;
  }

  get topic(): string {
    return this.message.topic ?? '';
  }
  get userid(): number {
    return this.message.userid;
  }
  get rolemask(): number {
    return this.message.rolemask;
  }
  get isOwner(): boolean {
    return this.message.isOwner;
  }
  get streaming(): boolean {
    return this.message.streaming;
  }
  get noresponse(): boolean {
    return this.message.noresponse;
  }
  get matchtag(): number {
    return this.message.matchtag;
  }
  get nodeid(): number {
    return this.message.nodeid;
  }
  /** Uuid of whoever first sent it; `''` for the broker itself. Together with the matchtag it names a stream. */
  get sender(): string {
    return this.message.originator ?? '';
  }
  /** Owner, or a user acting for itself (RFC 12). */
  authorizedFor(userid: number): boolean {
    return this.message.authorizedFor(userid);
  }

  /** Decoded JSON payload; throws EPROTO, without text, if it is missing or no JSON object. */
  json<T = JsonObject>(): T {
    return this.message.json<T>();
  }
  /** As json(), with reals kept apart from integers (Real) so that opaque parts can be encoded again without loss. */
  exactJson<T = JsonObject>(): T {
    if (!this.message.payload) this.message.json();
    return this.message.payload!.exactJson() as T;
  }
  text(): string {
    return this.message.text();
  }
  get bytes(): Buffer {
    return this.message.bytes;
  }

  /** True after the final response: an error, or the one response of a request that is not streaming. */
  get ended(): boolean {
    return this.#ended;
  }
  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    return this.#abort.signal;
  }
  get cancelled(): boolean {
    return this.#abort?.signal.aborted ?? false;
  }
  /** Tells the handler that nobody listens any more; sends nothing. */
  cancel(): void {
    this.#abort ??= new AbortController();
    this.#abort.abort();
  }

  /** @throws FluxError EINVAL for what JSON can't hold: the request can still be answered with an error */
  respond(payload?: PayloadInput): void {
    this.#reply(0, payload);
    if (!this.streaming) this.#ended = true;
  }

  /** Ends the request with an error: a FluxError keeps its errno and text. A stream that simply ends is ended with ENODATA. */
  respondError(e: unknown): void {
    const error = toFluxError(e);
    this.#ended = true;
    this.#reply(error.errnum, error.text);
  }

  #reply(errnum: number, payload: PayloadInput): void {
    if (this.noresponse) return;
    this.#send(Message.response(this.message, errnum, payload));
  }
}
