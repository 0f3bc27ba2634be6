import { fnmatch } from '../../formats/fnmatch';
import { isGlob } from '../../formats/glob';
import type { JsonObject } from '../../formats/json';
import type { Flux, MethodHandler, MethodOptions, RawHandler, StreamHandler } from '../../handle';
import { LogLevel } from '../../handle/log-entry';
import type { Message } from '../../message';
import type { Attribution, CodeOwner, FileOwner, Schema } from '../../plugin';
import { OwnedResources } from '../../plugin/owned';
import type { Log, ServeHandler, ServeOptions, Undo } from '../../plugin/types/common';
import type { ModuleContext, ModuleEvents } from '../../plugin/types/module';
import type { Event } from '../../protocol';
import { describeError, FluxError } from '../../sys/errors';
import { Gauges, type Statsd } from './gauges';

/** A module's handle, arguments and configuration, and the functions of its host that main's `m` calls. */
export interface ContextOptions {
  flux: Flux;
  name: string;
  services: readonly string[];
  args: readonly string[];
  /** Arguments as the schema read them. */
  options: unknown;
  /** The whole configuration, and how the module's own part comes from it (throws what is wrong with it). */
  config: JsonObject;
  readConf: (config: JsonObject) => unknown;
  running: () => void;
  stop: (error?: unknown) => void;
  reads: (paths: readonly string[]) => void;
  /** The broker's environment. */
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  /** The broker's rank. */
  rank: string;
  attribution: Attribution<CodeOwner>;
  /** Where gauges go. */
  statsd: Statsd;
}

type ReloadHandler = ModuleEvents<unknown>['config-reload'];

/** The `m` of a module's main: its handle with everything it registers owned by the host. */
export class HostedContext extends OwnedResources implements ModuleContext<unknown, unknown> {
  readonly flux: Flux;
  readonly name: string;
  readonly args: readonly string[];
  readonly options: unknown;
  readonly log: Log;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly running: () => void;
  readonly stop: (error?: unknown) => void;
  readonly reads: (paths: readonly string[]) => void;
  #config: JsonObject;
  #conf: unknown;
  readonly #attribution: Attribution<CodeOwner>;
  readonly #services: readonly string[];
  readonly #readConf: (config: JsonObject) => unknown;
  readonly #reloadHandlers: ReloadHandler[] = [];
  readonly #gauges: Gauges;

  constructor({
    flux,
    name,
    services,
    args,
    options,
    config,
    readConf,
    running,
    stop,
    reads,
    env,
    cwd,
    rank,
    attribution,
    statsd,
  }: ContextOptions) {
    super((where, e) => flux.log(LogLevel.err, `${where}: ${describeError(e)}`));
    this.flux = flux;
    this.name = name;
    this.args = args;
    this.options = options;
    this.running = running;
    this.stop = stop;
    this.reads = reads;
    this.env = env;
    this.cwd = cwd;
    this.log = logOf(flux);
    this.#attribution = attribution;
    this.#services = services;
    this.#readConf = readConf;
    this.#config = config;
    this.#conf = readConf(config);
    this.#gauges = new Gauges(statsd, rank);
    this.own(() => this.#gauges.close());
  }

  get conf(): unknown {
    return this.#conf;
  }
  get config(): JsonObject {
    return this.#config;
  }

  serve<P = JsonObject>(method: string, ...given: [ServeOptions<P>, ServeHandler<P>] | [ServeHandler<P>]): Undo {
    const [{ roles, payload }, handler] = withOptions(given);
    const checked: MethodHandler = payload
      ? (given, request) => handler(checkedPayload(payload, given), request)
      : (given, request) => handler(given as P, request);
    return this.own(this.flux.serve(this.#topicOf(method), optionsOf(roles), checked));
  }

  serveStream<P = JsonObject>(method: string, ...given: [ServeOptions<P>, StreamHandler<P>] | [StreamHandler<P>]): Undo {
    const [{ roles, payload }, handler] = withOptions(given);
    const checked: StreamHandler = payload
      ? (given, request) => handler(checkedPayload(payload, given), request)
      : (given, request) => handler(given as P, request);
    return this.own(this.flux.serveStream(this.#topicOf(method), optionsOf(roles), checked));
  }

  serveRaw(glob: string, ...given: [ServeOptions, RawHandler] | [RawHandler]): Undo {
    const [{ roles }, handler] = withOptions(given);
    return this.own(this.flux.dispatcher.serveRaw(glob, optionsOf(roles), handler));
  }

  // biome-ignore lint/suspicious/noExplicitAny: the payload of a topic, or of an event of a table
  async subscribe(event: string | Event, handler: (payload: any, message: Message) => void | Promise<void>): Promise<() => Promise<void>> {
    const { topic, read } =
      typeof event === 'string' ? { topic: event, read: payloadOf } : { topic: event.topic, read: event.read.bind(event) };
    const prefix = isGlob(topic) ? topic.slice(0, topic.search(/[*?[\\]/)) : topic;
    const deliver = (message: Message) => {
      const { topic: published = '' } = message;
      if (prefix === topic || fnmatch(topic, published)) this.run(published, () => handler(read(message), message));
    };
    const unsubscribe = await this.flux.subscribe(prefix, deliver);
    let ended = false;
    const undo = this.own(() => {
      ended = true;
    });
    return async () => {
      if (ended) return;
      undo();
      await unsubscribe();
    };
  }

  on<E extends keyof ModuleEvents<unknown>>(_event: E, handler: ModuleEvents<unknown>[E]): Undo {
    this.#reloadHandlers.push(handler);
    return this.own(() => void this.#reloadHandlers.splice(this.#reloadHandlers.indexOf(handler), 1));
  }

  gauge(name: string, value: number): void {
    this.#gauges.set(name, value);
  }

  guard(code: FileOwner, onEscape: (e: unknown) => void): Undo {
    const owner: CodeOwner = {
      get files() {
        return code.files;
      },
      escaped: onEscape,
    };
    return this.own(this.#attribution.register(owner));
  }

  /** The configuration was reloaded: throws if the module refuses it, which then keeps the old one. */
  async reload(config: JsonObject): Promise<void> {
    const conf = this.#readConf(config);
    const before = { config: this.#config, conf: this.#conf };
    this.#config = config;
    this.#conf = conf;
    try {
      for (const handler of [...this.#reloadHandlers]) await handler(conf, config);
    } catch (e) {
      this.#config = before.config;
      this.#conf = before.conf;
      throw e;
    }
  }

  #topicOf(method: string): string {
    return topicOf(method, this.#services);
  }
}

/** `NAME.METHOD`, unless the method names one of the module's services (its own name first) itself. */
export function topicOf(method: string, services: readonly string[]): string {
  const dot = method.indexOf('.');
  return dot > 0 && services.includes(method.slice(0, dot)) ? method : `${services[0]}.${method}`;
}

function withOptions<P, H>(given: [ServeOptions<P>, H] | [H]): [ServeOptions<P>, H] {
  return given.length === 1 ? [{}, given[0]] : given;
}

function optionsOf(roles: MethodOptions['roles']): MethodOptions {
  return roles ? { roles } : {};
}

/** A payload that does not fit is EPROTO without text, as everywhere (docs/protocol/wire.md §2). */
function checkedPayload<P>(schema: Schema<P>, payload: unknown): P {
  try {
    return schema.parse(payload);
  } catch (e) {
    throw new FluxError('EPROTO', undefined, { cause: e });
  }
}

/** Events with a raw or a string payload are read from the message. */
function payloadOf(event: Message): JsonObject {
  if (!event.payload?.isText) return {};
  try {
    return event.json();
  } catch {
    return {};
  }
}

function logOf(flux: Flux): Log {
  return Object.fromEntries(
    Object.entries(LogLevel).map(([name, level]) => [name, (text: string) => flux.log(level, text)]),
  ) as unknown as Log;
}
