import type { JsonObject } from '../formats/json';
import { Flag, MATCHTAG_NONE, Message, MessageType, NODEID_ANY, NODEID_UPSTREAM, type PayloadInput } from '../message';
import type { AnyMethod, Event, GivenTo, PublishedAs, ReceivedFrom, Service } from '../protocol';
import { attr } from '../protocol/attr';
import { broker, subscriptions } from '../protocol/broker';
import { events } from '../protocol/events';
import { brokerLog } from '../protocol/log';
import { services } from '../protocol/services';
import { MAX_DELAY_MS } from '../sys/delay';
import { describeError, type ErrnoCode, FluxError, toFluxError } from '../sys/errors';
import { wallMilliseconds } from '../sys/wall-clock';
import type { Transport } from '../transport/transport';
import { connectorOf, credentialsFrom, loopAttributes, systemUri } from './connectors';
import { Dispatcher, type MethodHandler, type MethodOptions, type StreamHandler } from './dispatcher';
import { checkedHandlers, type Handlers } from './handlers';
import { formatLogEntry, LogLevel, logEntries } from './log-entry';
import { type Pending, PendingRpcs, SingleResponse } from './pending';
import { AsyncQueue } from './queue';
import { payloadOf, RpcStream } from './rpc-stream';
import { traceMessage } from './trace';
import { parseUri } from './uri';

/** How Flux.open() connects. */
export interface OpenOptions {
  /** Environment to read FLUX_URI, FLUX_HANDLE_* and FLUX_LOCAL_CONNECTOR_RETRY_COUNT from; default process.env. */
  env?: Record<string, string | undefined>;
  /** Immutable attributes of that broker as far as they are known: used, and added to. For handles of one process on one broker. */
  attributes?: Map<string, string>;
}

/** Settings of a handle that is made over an existing transport. */
export interface HandleOptions {
  /** Service that takes `sub` and `unsub`: `local` for clients, `broker` for modules; null where subscriptions are not asked for (loop). */
  subscriptions?: 'local' | 'broker' | null;
  /** APPNAME of log entries; default the program's name. */
  name?: string;
  /** Dump every message here (FLUX_HANDLE_TRACE). */
  trace?: (text: string) => void;
  /** Told at the end how many matchtags RPCs still hold, if any do (FLUX_HANDLE_MATCHDEBUG). */
  matchDebug?: (text: string) => void;
  /** Put into every message sent (FLUX_HANDLE_USERID, FLUX_HANDLE_ROLEMASK). */
  credentials?: { userid: number; rolemask: number };
  /** Told of what handlers throw that is no FluxError; default: logged at err. */
  onHandlerError?: (where: string, e: unknown) => void;
  /** Attributes known without asking; a map is added to. */
  attributes?: Record<string, string> | Map<string, string>;
}

/** Whom a request goes to, and how long its answer is waited for. */
export interface RpcOptions {
  /** Rank to ask; default any: the nearest broker, upstream, that has the service. `'upstream'`: any ancestor of this broker, not itself. */
  nodeid?: number | 'upstream';
  /** Milliseconds to wait for a response before ETIMEDOUT; default for ever. */
  timeout?: number;
  /** Gives the RPC up when aborted: ECANCELED. */
  signal?: AbortSignal;
  /** Act as another user (owners only: proxies and tests). */
  userid?: number;
  rolemask?: number;
}

/** How an event is published. */
export interface PublishOptions {
  /** Only its publisher and the owner see it (RFC 3). */
  private?: boolean;
}

/** A service name that this handle has registered. */
export interface ServiceRegistration {
  /** Takes the service away again. */
  remove(): Promise<void>;
}

/** Arguments of a call: none are needed where the method takes none. */
export type CallArguments<M> =
  undefined extends GivenTo<M> ? [args?: GivenTo<M>, options?: RpcOptions] : [args: GivenTo<M>, options?: RpcOptions];

/** Arguments of publish(): no payload is needed where the event has none. */
export type PublishArguments<E> =
  undefined extends PublishedAs<E>
    ? [payload?: PublishedAs<E>, options?: PublishOptions]
    : [payload: PublishedAs<E>, options?: PublishOptions];

interface Subscription {
  topic: string;
  handler: (event: Message) => void;
}

/**
 * A handle on a Flux instance: the client's end of a connection to a broker, or a module's (flux_open(3) and the flux_rpc(3), flux_event_*(3), flux_attr_get(3)
 * families). Payloads are objects; what they may hold is said in core/formats/json. Errors are FluxErrors with the errno and text of the response.
 */
export class Flux {
  readonly #transport: Transport;
  readonly #options: HandleOptions;
  readonly #rpcs = new PendingRpcs();
  readonly #dispatcher: Dispatcher;
  readonly #subscriptions = new Set<Subscription>();
  readonly #attributes: Map<string, string>;
  #traced: bigint | undefined;
  #open = true;
  readonly #closed: Promise<FluxError | undefined>;
  #settleClosed!: (error: FluxError | undefined) => void;
  /** For routers that share this connection with others: sees every message first and returns true for what it has taken. */
  tap: (message: Message) => boolean = () => false;
  /** Control messages, which only module hosts look at. */
  onControl: (message: Message) => void = () => {};
  /** Responses to requests that were sent with matchtag 0 (sendUntagged). */
  onUntaggedResponse: (response: Message) => void = () => {};

  constructor(transport: Transport, options: HandleOptions = {}) {
    this.#transport = transport;
    this.#options = options;
    this.#closed = new Promise((resolve) => {
      this.#settleClosed = resolve;
    });
    const { attributes = {} } = options;
    this.#attributes = attributes instanceof Map ? attributes : new Map(Object.entries(attributes));
    this.#dispatcher = new Dispatcher(
      (message) => this.send(message),
      (topic, e) => this.#handlerError(topic, e),
    );
    transport.onMessage = (message) => this.#receive(message);
    transport.onClose = (error) => this.#ended(error);
  }

  /**
   * Connects to a broker. `uri` defaults to FLUX_URI, else the system instance (flux_open(3)). ENOENT: no such connector or socket; EPERM: refused;
   * EINVAL: malformed environment.
   */
  static async open(uri?: string, { env = process.env, attributes }: OpenOptions = {}): Promise<Flux> {
    const { scheme, path } = parseUri(uri ?? env['FLUX_URI'] ?? systemUri);
    const connector = connectorOf(scheme);
    if (!connector) throw new FluxError('ENOENT');
    const credentials = credentialsFrom(env);
    if (credentials && scheme !== 'local') throw new FluxError('EINVAL');
    const flux = new Flux(await connector(path, env), {
      ...(credentials ? { credentials } : {}),
      ...(env['FLUX_HANDLE_TRACE'] !== undefined ? { trace: toStderr } : {}),
      ...(env['FLUX_HANDLE_MATCHDEBUG'] !== undefined ? { matchDebug: toStderr } : {}),
      ...(attributes ? { attributes } : {}),
      ...(scheme === 'loop' ? { subscriptions: null, attributes: loopAttributes } : {}),
    });
    return flux;
  }

  /** Settles when the connection has ended: with the error if the other side ended it. */
  get closed(): Promise<FluxError | undefined> {
    return this.#closed;
  }

  /** Ends the connection. RPCs still waiting fail with ECONNRESET. */
  close(): void {
    if (this.#open) this.#transport.close();
  }

  /** Whether the open handle keeps the process alive (default true). */
  setRef(ref: boolean): void {
    this.#transport.setRef(ref);
  }

  // ---- requests by the tables of core/protocol

  /**
   * Calls a method of a service's table and gives the response, of the type that the table says. `args` may be left out where the method takes none. Errors: those
   * of the table; ENOSYS where nobody serves it.
   */
  call<M extends AnyMethod>(method: M, ...[args, options]: CallArguments<M>): Promise<ReceivedFrom<M>> {
    return this.#rpc(method.topic, args as PayloadInput, options ?? noOptions, readers[responseOf(method)]) as Promise<ReceivedFrom<M>>;
  }

  /** Calls a method that answers with a stream: an async iterator over its responses. */
  open<M extends AnyMethod>(method: M, ...[args, options]: CallArguments<M>): RpcStream<ReceivedFrom<M>> {
    return this.#stream<ReceivedFrom<M>>(method.topic, args as PayloadInput, options ?? noOptions, readers[responseOf(method)]);
  }

  /** Sends a request of a method that wants no response at all (NORESPONSE). */
  tell<M extends AnyMethod>(method: M, ...[args, options]: CallArguments<M>): void {
    this.notify(method.topic, args as PayloadInput, options ?? noOptions);
  }

  /** Sends a request with matchtag 0, for methods whose responses are told apart by what they say: those come to onUntaggedResponse. */
  sendUntagged<M extends AnyMethod>(method: M, ...[args, options]: CallArguments<M>): void {
    this.send(this.#newRequest(method.topic, args as PayloadInput, options ?? noOptions, MATCHTAG_NONE));
  }

  /**
   * Serves the methods of a table with these handlers, each by its key, under `as` if the service has another name here. Registering the service, if it is not
   * this module's own, is the caller's (register()). Returns what takes them back. EINVAL: a method without a handler, or a handler without a method.
   */
  serveTable<S extends Service>(service: S, handlers: Handlers<S>, { as }: { as?: string } = {}): () => void {
    const served = checkedHandlers(service, handlers).map(([method, handler]) =>
      this.#dispatcher.serveMethod(as === undefined ? method : method.at(as), handler),
    );
    return () => {
      for (const end of served) end();
    };
  }

  // ---- requests by topic

  /** Sends a request and gives the decoded payload of its response (`{}` if that has none). */
  rpc<T = JsonObject>(topic: string, payload?: PayloadInput, options: RpcOptions = noOptions): Promise<T> {
    return this.#rpc(topic, payload, options, payloadOf) as Promise<T>;
  }

  /** As rpc(), giving the response message: for raw and string payloads. */
  rpcMessage(topic: string, payload?: PayloadInput, options: RpcOptions = noOptions): Promise<Message> {
    return this.#rpc(topic, payload, options, asItIs);
  }

  /** Sends a streaming request: an async iterator over the payloads of its responses. */
  stream<T = JsonObject>(topic: string, payload?: PayloadInput, options: RpcOptions = noOptions): RpcStream<T> {
    return this.#stream(topic, payload, options, payloadOf);
  }

  #stream<T>(topic: string, payload: PayloadInput, options: RpcOptions, read: (response: Message) => unknown): RpcStream<T> {
    const { signal } = options;
    const matchtag = this.#request(topic, payload, options, {
      streaming: true,
      onResponse: (message) => stream.push(message),
      onError: (error) => {
        unlisten();
        stream.end(error.code === 'ENODATA' ? undefined : error);
      },
    });
    const unlisten = () => signal?.removeEventListener('abort', onAbort);
    const drop = () => {
      unlisten();
      this.#rpcs.drop(matchtag);
    };
    const handle = {
      cancel: () => this.notify(`${topic.slice(0, topic.lastIndexOf('.'))}.cancel`, { matchtag }, options),
      drop,
      finish: () => {
        unlisten();
        this.#rpcs.finish(matchtag);
      },
    };
    const stream: RpcStream<T> = new RpcStream<T>(matchtag, handle, read);
    const onAbort = () => {
      drop();
      stream.end(new FluxError('ECANCELED'));
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted) onAbort();
    return stream;
  }

  /** Sends a request that wants no response at all (NORESPONSE). */
  notify(topic: string, payload?: PayloadInput, options: RpcOptions = {}): void {
    const request = this.#newRequest(topic, payload, options, 0);
    request.setFlag(Flag.noresponse);
    this.send(request);
  }

  /** Sends any message as it is; unset credentials are the broker's to fill. */
  send(message: Message): void {
    if (!this.#open) return;
    const credentials = this.#options.credentials;
    if (credentials) {
      message.userid = credentials.userid;
      message.rolemask = credentials.rolemask;
    }
    this.#trace(message);
    this.#transport.send(message);
  }

  // ---- services

  /** Serves `topic`: requests for it are given to `handler`. The service (topic up to the first dot) must be registered (register()), or be this module's own. */
  serve(topic: string, options: MethodOptions, handler: MethodHandler): () => void {
    return this.#dispatcher.serve(topic, options, handler);
  }

  /** Serves a streaming method; a request without the STREAMING flag gets EPROTO. */
  serveStream(topic: string, options: MethodOptions, handler: StreamHandler): () => void {
    return this.#dispatcher.serveStream(topic, options, handler);
  }

  /** The methods and open streams of this handle; module hosts add the built-in methods here. */
  get dispatcher(): Dispatcher {
    return this.#dispatcher;
  }

  /** Registers a service name (flux_service_register(3)). EEXIST: taken; EINVAL: has a dot; EPERM: a guest's name must begin with its userid and a dash. */
  async register(service: string): Promise<ServiceRegistration> {
    await this.call(services.add, { service });
    return { remove: async () => void (await this.call(services.remove, { service })) };
  }

  // ---- events

  /**
   * Calls `handler` for each event whose topic begins with `topic` (`''`: all). Resolves when the broker has the subscription; call the result to end it.
   * Events that no owner published are left out (docs/protocol/wire.md §3).
   */
  async subscribe(event: string | Event, handler: (event: Message) => void): Promise<() => Promise<void>> {
    const topic = topicOf(event);
    const subscription = { topic, handler };
    this.#subscriptions.add(subscription);
    const service = this.#subscriptionService;
    try {
      if (service) await this.call(service.sub, { topic });
    } catch (e) {
      this.#subscriptions.delete(subscription);
      throw e;
    }
    return async () => {
      if (!this.#subscriptions.delete(subscription)) return;
      if (!service || !this.#open) return;
      try {
        await this.call(service.unsub, { topic });
      } catch (e) {
        if (this.#open) throw e; // with the connection all its subscriptions have ended
      }
    };
  }

  /** As subscribe(), as an async iterator; leave the loop to end the subscription. */
  async events(topic: string | Event): Promise<AsyncQueue<Message>> {
    const queue = new AsyncQueue<Message>(() => void unsubscribe().catch(() => {}));
    const unsubscribe = await this.subscribe(topic, (event) => queue.push(event));
    void this.#closed.then((error) => queue.end(error));
    return queue;
  }

  /** Publishes an event through rank 0 and gives its sequence number (flux_event_publish(3)). */
  publish(topic: string, payload?: PayloadInput, options?: PublishOptions): Promise<number>;
  publish<E extends Event>(event: E, ...[payload, options]: PublishArguments<E>): Promise<number>;
  async publish(event: string | Event, payload?: PayloadInput, options: PublishOptions = {}): Promise<number> {
    const topic = topicOf(event);
    const bytes = Message.event(topic, payload).bytes;
    const flags = options.private ? Flag.private : 0;
    const { seq } = await this.call(events.pub, { topic, flags, payload: bytes.toString('base64') });
    return seq;
  }

  /** Sends an event message on its way to rank 0; nobody acknowledges it. */
  publishUnconfirmed(topic: string, payload?: PayloadInput, options?: PublishOptions): void;
  publishUnconfirmed<E extends Event>(event: E, ...[payload, options]: PublishArguments<E>): void;
  publishUnconfirmed(event: string | Event, payload?: PayloadInput, options: PublishOptions = {}): void {
    const message = Message.event(topicOf(event), payload).enableRoutes();
    if (options.private) message.setFlag(Flag.private);
    this.send(message);
  }

  // ---- attributes and log

  /** Value of a broker attribute (flux_attr_get(3)); immutable ones are asked for once. ENOENT if there is none. */
  async getattr(name: string): Promise<string> {
    const known = this.#attributes.get(name);
    if (known !== undefined) return known;
    const { value, flags } = await this.call(attr.get, { name });
    if (flags & 1) this.#attributes.set(name, value);
    return value;
  }

  async setattr(name: string, value: string): Promise<void> {
    await this.call(attr.set, { name, value });
  }

  async rank(): Promise<number> {
    return Number(await this.getattr('rank'));
  }

  async size(): Promise<number> {
    return Number(await this.getattr('size'));
  }

  /** Writes to the broker's log (flux_log(3)), a line at a time; level 0 (emerg) to 7 (debug). Never fails: a log that can't be written is lost. */
  log(level: LogLevel, text: string): void {
    const rank = this.#attributes.get('rank') ?? '-';
    for (const line of logEntries(text)) {
      const entry = formatLogEntry({
        level,
        time: wallMilliseconds(),
        rank,
        name: this.#options.name ?? process.title,
        procid: String(process.pid),
        text: line,
      });
      this.send(Message.request(brokerLog.append.topic, Buffer.from(entry)).enableRoutes());
    }
  }

  // ---- inside

  /** The service that takes subscriptions; undefined where they are not asked for. */
  get #subscriptionService(): typeof subscriptions | typeof broker | undefined {
    const { subscriptions: service = 'local' } = this.#options;
    return service === null ? undefined : { local: subscriptions, broker }[service];
  }

  #newRequest(topic: string, payload: PayloadInput, options: RpcOptions, matchtag: number): Message {
    const { nodeid = NODEID_ANY } = options;
    const request = Message.request(topic, payload, { matchtag }).enableRoutes();
    if (nodeid === 'upstream' || nodeid === NODEID_UPSTREAM) {
      request.setFlag(Flag.upstream);
      request.nodeid = Number(this.#attributes.get('rank') ?? NODEID_ANY);
    } else request.nodeid = nodeid;
    if (options.userid !== undefined) request.userid = options.userid;
    if (options.rolemask !== undefined) request.rolemask = options.rolemask;
    return request;
  }

  #rpc<T>(topic: string, payload: PayloadInput, options: RpcOptions, read: (response: Message) => T): Promise<T> {
    if (options.timeout !== undefined || options.signal !== undefined) return this.#limitedRpc(topic, payload, options, read);
    return new Promise((resolve, reject) => {
      this.#request(topic, payload, options, new SingleResponse(read, resolve, reject));
    });
  }

  /** One that may be given up. */
  #limitedRpc<T>(topic: string, payload: PayloadInput, options: RpcOptions, read: (response: Message) => T): Promise<T> {
    const { timeout, signal } = options;
    let matchtag = MATCHTAG_NONE;
    let giveUp: (code: ErrnoCode) => void = () => {};
    const onAbort = () => giveUp('ECANCELED');
    const answered = new Promise<T>((resolve, reject) => {
      matchtag = this.#request(topic, payload, options, new SingleResponse(read, resolve, reject));
      giveUp = (code) => {
        this.#rpcs.drop(matchtag);
        reject(new FluxError(code));
      };
    });
    const timer = timeout === undefined ? undefined : setTimeout(() => giveUp('ETIMEDOUT'), Math.min(timeout, MAX_DELAY_MS));
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted) onAbort();
    return answered.finally(() => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    });
  }

  /** Sends a request and remembers who waits for it, by the matchtag that is returned. Nothing is called before it returns. */
  #request(topic: string, payload: PayloadInput, options: RpcOptions, pending: Pending): number {
    if (!this.#open) {
      queueMicrotask(() => pending.onError(new FluxError('ECONNRESET')));
      return MATCHTAG_NONE;
    }
    const matchtag = this.#rpcs.add(pending);
    if (options.nodeid !== 'upstream' || this.#attributes.has('rank')) this.#sendRequest(topic, payload, options, pending, matchtag);
    else
      void this.rank().then(
        () => this.#sendRequest(topic, payload, options, pending, matchtag),
        (e: FluxError) => this.#rpcs.fail(matchtag, pending, e),
      );
    return matchtag;
  }

  #sendRequest(topic: string, payload: PayloadInput, options: RpcOptions, pending: Pending, matchtag: number): void {
    try {
      const request = this.#newRequest(topic, payload, options, matchtag);
      if (pending.streaming) request.setFlag(Flag.streaming);
      this.send(request);
    } catch (e) {
      queueMicrotask(() => this.#rpcs.fail(matchtag, pending, toFluxError(e)));
    }
  }

  #receive(message: Message): void {
    this.#trace(message);
    if (this.tap(message)) return;
    switch (message.type) {
      case MessageType.response:
        if (!this.#rpcs.receive(message)) this.onUntaggedResponse(message);
        break;
      case MessageType.request:
        this.#dispatcher.dispatch(message);
        break;
      case MessageType.event:
        this.#receiveEvent(message);
        break;
      case MessageType.control:
        this.onControl(message);
        break;
    }
  }

  #receiveEvent(event: Message): void {
    if (!event.isOwner) return;
    const topic = event.topic ?? '';
    for (const subscription of [...this.#subscriptions]) {
      if (!topic.startsWith(subscription.topic)) continue;
      try {
        subscription.handler(event);
      } catch (e) {
        this.#handlerError(topic, e);
      }
    }
  }

  #handlerError(where: string, e: unknown): void {
    if (this.#options.onHandlerError) this.#options.onHandlerError(where, e);
    else this.log(LogLevel.err, `${where}: ${describeError(e)}`);
  }

  #ended(error: FluxError | undefined): void {
    if (!this.#open) return;
    this.#open = false;
    const leaked = this.#rpcs.inUse;
    if (leaked > 0) this.#options.matchDebug?.(`MATCHDEBUG: pool destroy with ${leaked} allocated\n`);
    this.#rpcs.failAll(new FluxError('ECONNRESET'));
    this.#settleClosed(error);
  }

  #trace(message: Message): void {
    const { trace } = this.#options;
    if (!trace) return;
    const now = process.hrtime.bigint();
    this.#traced ??= now;
    trace(traceMessage(message, Number(now - this.#traced) / 1e9));
  }
}

function topicOf(event: string | Event): string {
  return typeof event === 'string' ? event : event.topic;
}

const toStderr = (text: string): void => void process.stderr.write(text);

const noOptions: RpcOptions = {};
const asItIs = (response: Message): Message => response;

/** How responses of a form are read. */
const readers = { json: payloadOf, text: (response: Message) => response.text(), bytes: (response: Message) => response.bytes } as const;

function responseOf({ spec: { response } }: AnyMethod): keyof typeof readers {
  return response === 'text' || response === 'bytes' ? response : 'json';
}
