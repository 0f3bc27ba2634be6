import { fnmatch } from '../formats/fnmatch';
import type { JsonObject } from '../formats/json';
import type { Message } from '../message';
import type { AccessRole, AnyMethod, MethodSpec } from '../protocol';
import { FluxError } from '../sys/errors';
import type { AnyHandler } from './handlers';
import { NO_RESPONSE } from './no-response';
import { Request } from './request';

/** How a handle serves a method. */
export interface MethodOptions {
  /** Roles that may call it (RFC 12); the owner always may. Default: what the table of methods says of it (Dispatcher.access). */
  roles?: readonly AccessRole[];
  /** The payload is raw bytes (`request.bytes`): the handler gets `{}` as payload and no check is made. */
  raw?: boolean;
}

/**
 * A method's handler: takes the decoded JSON payload (`{}` if the request has none) and returns the response payload, now or later; a returned `undefined` is
 * an empty response, `NO_RESPONSE` leaves it to the handler to respond. Throw a FluxError to respond with an error.
 */
export type MethodHandler = (payload: JsonObject, request: Request) => unknown;

/**
 * Answers a streaming request, mostly as an async generator: each value it yields is a response, its end is ENODATA, what it throws an error response. When
 * the client cancels or disconnects, `request.signal` is aborted and the iterator returned.
 */
export type StreamHandler<P = JsonObject> = (payload: P, request: Request) => AsyncIterable<object | string | Buffer>;

/** A handler of whole requests, which it answers itself. */
export type RawHandler = (request: Request) => void | Promise<void>;

/** Number of kept requests at which those that were answered are first looked for. */
const SWEEP = 64;

/** A handler, of whatever arguments. */
// biome-ignore lint/suspicious/noExplicitAny: the payload of a topic, or the arguments of a method
type Run<T = unknown> = (args: any, request: Request) => T;

interface Method {
  role: AccessRole;
  raw: boolean;
  run: (request: Request) => void;
}

const widest: readonly AccessRole[] = ['any', 'user'];

const texts = {
  unknown: 'Unknown service method',
  owner: 'Request requires owner credentals', // sic: docs/protocol/wire.md §3
  privilege: 'Request rejected due to insufficient privilege',
} as const;

/**
 * Gives requests to methods by exact topic, checks roles, and turns what handlers return or throw into responses. Keeps the streams that are
 * open, so that `SERVICE.cancel`, `SERVICE.disconnect` and the end of the service stop them. Nothing thrown here leaves it.
 */
export class Dispatcher {
  /** The table of methods, by topic (or glob of serveRaw): who may call what is served without `roles` of its own. Without a table the owner may. */
  access: ReadonlyMap<string, AccessRole> | undefined;
  readonly #methods = new Map<string, Method>();
  readonly #streams = new Set<Request>();
  /** Plain requests that were not answered at once. */
  readonly #unanswered = new Set<Request>();
  #sweepAt = SWEEP;
  readonly #fallbacks = new Set<{ matches: (topic: string) => boolean; method: Method }>();
  readonly #send: (message: Message) => void;
  readonly #onError: (topic: string, e: unknown) => void;

  /** `onError` hears of what handlers throw that is no FluxError: a bug in a handler; the sender gets its text all the same. */
  constructor(send: (message: Message) => void, onError: (topic: string, e: unknown) => void) {
    this.#send = send;
    this.#onError = onError;
  }

  /** Serves `topic`; the latest registration wins. Returns what takes it back. */
  serve(topic: string, options: MethodOptions, handler: MethodHandler): () => void {
    return this.#add(topic, options, (request) => this.#runOnce(handler, request));
  }

  serveStream(topic: string, options: MethodOptions, handler: StreamHandler): () => void {
    return this.#add(topic, options, (request) => void this.#runStream(handler, request));
  }

  /** Serves a method of a table: role, shape, handler, in this order. */
  serveMethod(method: AnyMethod, handler: AnyHandler): () => void {
    const { role, answers = 'once' }: MethodSpec = method.spec;
    const { once, stream } = typeof handler === 'function' ? { once: handler, stream: handler } : handler;
    const runOnce = (request: Request) => this.#runOnce(once, request, method);
    const runStream = (request: Request) => void this.#runStream(stream, request, method);
    const never = (request: Request) => this.#runSilently(once, request, method);
    const either = (request: Request) => (request.streaming ? runStream(request) : runOnce(request));
    const run = { once: runOnce, stream: runStream, either, never }[answers];
    return this.#add(method.topic, { roles: [role], raw: method.isRaw }, run);
  }

  /**
   * Serves every topic that `glob` (fnmatch) names and that has no method of its own; the first registered wins. The handler responds through the
   * request; what it throws is an error response.
   */
  serveRaw(glob: string, { roles }: MethodOptions, handler: RawHandler): () => void {
    const method = { role: this.#roleOf(glob, roles), raw: true, run: (request: Request) => void this.#runRaw(handler, request) };
    const fallback = { matches: (topic: string) => fnmatch(glob, topic), method };
    this.#fallbacks.add(fallback);
    return () => void this.#fallbacks.delete(fallback);
  }

  has(topic: string): boolean {
    return this.#methods.has(topic);
  }

  /** How many requests it keeps: open streams, and what is not answered yet. */
  get kept(): number {
    for (const request of this.#unanswered) if (request.ended) this.#unanswered.delete(request);
    return this.#streams.size + this.#unanswered.size;
  }

  /** Handles one request. */
  dispatch(message: Message): void {
    const request = new Request(message, this.#send);
    if (request.topic.endsWith('.disconnect')) this.disconnect(message);
    const method = this.#methods.get(request.topic) ?? this.#fallbackOf(request.topic);
    if (method) {
      const refusal = accessError(method.role, message);
      if (!refusal && !method.raw && message.payload?.isText === false) request.respondError(new FluxError('EPROTO'));
      else if (!refusal) method.run(request);
      else if (message.matchtag !== 0) request.respondError(refusal); // matchtag 0: silently dropped (docs/protocol/wire.md §3)
      return;
    }
    if (request.topic.endsWith('.cancel') && this.#cancel(request)) request.respond();
    else request.respondError(new FluxError('ENOSYS', texts.unknown));
  }

  /** A sender is gone: cancels its requests, those it made itself or, with the owner's credentials, all of that originator. */
  disconnect(message: Message): void {
    const isTheirs = (request: Request) => request.sender === (message.originator ?? '') && message.authorizedFor(request.userid);
    for (const stream of this.#streams) if (isTheirs(stream)) stream.cancel();
    for (const request of this.#unanswered) {
      if (!request.ended && !isTheirs(request)) continue;
      this.#unanswered.delete(request);
      if (!request.ended) request.cancel();
    }
  }

  /** Answers every open stream, and all that still waits for an answer, with an error: the service goes away. */
  endAll(error: FluxError): void {
    for (const request of [...this.#streams, ...this.#unanswered]) {
      if (!request.ended) request.respondError(error);
      request.cancel();
    }
    this.#streams.clear();
    this.#unanswered.clear();
  }

  #fallbackOf(topic: string): Method | undefined {
    for (const { matches, method } of this.#fallbacks) if (matches(topic)) return method;
    return undefined;
  }

  /** Ends the sender's stream with the matchtag of the payload; false if there is none. */
  #cancel(request: Request): boolean {
    const { message } = request;
    const { matchtag } = payloadOf(request);
    for (const stream of this.#streams) {
      if (stream.sender !== (message.originator ?? '') || stream.matchtag !== matchtag || !message.authorizedFor(stream.userid)) continue;
      this.#streams.delete(stream);
      stream.respondError(new FluxError('ENODATA'));
      stream.cancel();
      return true;
    }
    return false;
  }

  #add(topic: string, { roles, raw = false }: MethodOptions, run: (request: Request) => void): () => void {
    const method = { role: this.#roleOf(topic, roles), raw, run };
    this.#methods.set(topic, method);
    return () => {
      if (this.#methods.get(topic) === method) this.#methods.delete(topic);
    };
  }

  /** EINVAL: neither who serves it nor the table says who may call it. */
  #roleOf(topic: string, roles: readonly AccessRole[] | undefined): AccessRole {
    if (roles) return widest.find((role) => roles.includes(role)) ?? 'owner';
    const role = this.access ? this.access.get(topic) : 'owner';
    if (!role) throw new FluxError('EINVAL', `${topic} is not in the table of methods`);
    return role;
  }

  async #runRaw(handler: RawHandler, request: Request): Promise<void> {
    try {
      await handler(request);
    } catch (e) {
      this.#fail(request, e);
    }
  }

  #runOnce(handler: Run, request: Request, method?: AnyMethod): void {
    try {
      const result = handler(method ? method.read(request.message) : payloadOf(request), request);
      if (result instanceof Promise) void this.#runLate(result, request);
      else this.#finish(request, result);
    } catch (e) {
      this.#fail(request, e);
    }
  }

  async #runLate(result: Promise<unknown>, request: Request): Promise<void> {
    this.#unanswered.add(request);
    try {
      const value = await result;
      this.#unanswered.delete(request);
      this.#finish(request, value);
    } catch (e) {
      this.#unanswered.delete(request);
      this.#fail(request, e);
    }
  }

  /** Runs a handler of a method that is never answered: only an error is sent, and only to a sender that waits for one. */
  #runSilently(handler: Run, request: Request, method: AnyMethod): void {
    try {
      const result = handler(method.read(request.message), request);
      if (result instanceof Promise) void result.catch((e: unknown) => this.#unheard(request, e));
    } catch (e) {
      this.#unheard(request, e);
    }
  }

  /** An error that nobody waits for is in the log, if it is no guest's. */
  #unheard(request: Request, e: unknown): void {
    const isUnheard = request.noresponse || request.matchtag === 0;
    if (e instanceof FluxError && isUnheard && request.isOwner) this.#onError(request.topic, e);
    this.#fail(request, e);
  }

  async #runStream(handler: Run<AsyncIterable<unknown>>, request: Request, method?: AnyMethod): Promise<void> {
    if (!request.streaming) {
      request.respondError(unstreamedError(request, method));
      return;
    }
    this.#streams.add(request);
    try {
      const responses = handler(method ? method.read(request.message) : payloadOf(request), request);
      if ((responses as unknown) === NO_RESPONSE) return;
      for await (const value of responses) {
        if (!this.#streams.has(request) || request.cancelled) return;
        request.respond(value as object);
      }
      if (this.#streams.has(request) && !request.cancelled) request.respondError(new FluxError('ENODATA'));
    } catch (e) {
      if (this.#streams.has(request) && !request.cancelled) this.#fail(request, e);
    } finally {
      this.#streams.delete(request);
    }
  }

  #finish(request: Request, value: unknown): void {
    if (request.ended) return;
    if (value === NO_RESPONSE) {
      // a streaming one may end without an error (broker.rexec): whoever serves it answers for it
      if (!request.streaming && !request.noresponse && request.matchtag !== 0) this.#keep(request);
      return;
    }
    try {
      request.respond(value as object | undefined);
    } catch (e) {
      this.#fail(request, e);
    }
  }

  /** Keeps a request that is still to be answered. When there are many, those answered meanwhile are forgotten. */
  #keep(request: Request): void {
    this.#unanswered.add(request);
    if (this.#unanswered.size < this.#sweepAt) return;
    for (const kept of this.#unanswered) if (kept.ended) this.#unanswered.delete(kept);
    this.#sweepAt = Math.max(SWEEP, 2 * this.#unanswered.size);
  }

  #fail(request: Request, e: unknown): void {
    if (!(e instanceof FluxError)) this.#onError(request.topic, e);
    if (!request.ended) request.respondError(e);
  }
}

/** Methods without arguments take any string as payload (docs/protocol/wire.md §2); missing keys are the handler's to find (request.json). */
function payloadOf({ message: { payload } }: Request): JsonObject {
  if (!payload?.isText) return {};
  try {
    return payload.json();
  } catch {
    return {};
  }
}

/** The error for a request to a stream's method without the streaming flag. If the method has its own text for that, a bad payload is reported first. */
function unstreamedError({ message }: Request, method: AnyMethod | undefined): unknown {
  const { unstreamed }: Partial<MethodSpec> = method?.spec ?? {};
  try {
    if (unstreamed !== undefined) method?.read(message);
  } catch (e) {
    return e;
  }
  return new FluxError('EPROTO', unstreamed);
}

function accessError(role: AccessRole, message: Message): FluxError | undefined {
  if (message.isOwner || role === 'any') return undefined;
  if (role === 'user') return message.rolemask & 2 ? undefined : new FluxError('EPERM', texts.privilege);
  return new FluxError('EPERM', texts.owner);
}
