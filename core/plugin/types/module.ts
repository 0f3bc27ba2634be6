import type { JsonObject } from '../../formats/json';
import type { Flux, HandlersOf, RawHandler, StreamHandler } from '../../handle';
import type { Message } from '../../message';
import type { AccessRole, Event, ReadOf, Service } from '../../protocol';
import type { Schema } from '../../schema/schema';
import type { ErrnoCode } from '../../sys/errors';
import type { FileOwner } from '../attributing';
import type { Log, Owned, ServeHandler, ServeOptions, Undo } from './common';

/** The tables of a module's services: its own first. */
export type Serves = Service | readonly [Service, ...Service[]];

/**
 * A broker module: a service that runs in the broker, alone with its handle. `C` is the type of its configuration, `A` that of its arguments.
 *
 * ```ts
 * const hello = service('hello', { greet: method({ role: 'user', request: t.object({ name: t.string() }), response: t.object({ text: t.string() }) }) });
 * export default defineModule({ serves: hello, api: 1, main: () => ({ greet: ({ name }) => ({ text: `hi, ${name}` }) }) });
 * ```
 *
 * Life: the broker registers name and services (requests queue up), main runs, and when it resolves the module is RUNNING and `flux module
 * load` returns. It ends when it is removed or calls m.stop(); then m.signal is aborted, deferred functions run, and all it registered is gone.
 */
export interface ModuleDefinition<C = JsonObject, A = JsonObject> {
  /** The module's name and first service. No dots. Default: the first service of `serves`. */
  name: string;
  /**
   * The tables of its services (service()): main returns the handlers of their methods, by key; of several services an array of them. A method that has
   * no handler, and a handler that has no method, are errors of the compiler, and of the load (EINVAL).
   */
  serves?: Serves;
  /** Version of this interface; 1. */
  api: 1;
  /** Further services to register; a taken name refuses the load. */
  services?: readonly string[];
  /** Error of that load; default EEXIST. */
  taken?: { readonly code: ErrnoCode; readonly text: string };
  /**
   * For what m.serve serves: its interface as one table: each method (or `SERVICE.METHOD` of an own service) with who may call it besides the instance owner: `'user'`, `'any'`, or
   * with `'owner'` nobody (RFC 12). With a table every serve takes its role from here, and one of a method that is not in it throws EINVAL; without, each
   * serve's `roles` tells. What every module has (ping, rusage, stats …) need not be named.
   */
  methods?: Readonly<Record<string, AccessRole>>;
  /** Modules that must be loaded before this one: an order for rc1 and a check at load. */
  needs?: readonly string[];
  /** Schema of the module's table in the broker configuration. Checked before main and at every reload, where a mismatch refuses it. */
  config?: Schema<C>;
  /** The name of that table, where it is not the module's. */
  table?: string;
  /**
   * The parts of the broker configuration that it reads: paths such as `exec.job-shell`, each with all that is below it. Tables and keys that nobody reads are a
   * warning in the log. Without it and without `config` the table `[NAME]` counts as read; what `config` describes needs no path.
   */
  reads?: readonly string[];
  /** Schema of the `key=value` arguments of `flux module load NAME ARGS…`; strings are coerced. Without it any are allowed. */
  args?: Schema<A>;
  /** Run in a worker thread, so that blocking work stalls nobody else. No change to the code: the handle is the only way out. */
  thread?: boolean;
  /**
   * Starts work, and returns the handlers of `serves`. RUNNING when it resolves (see m.running), and then its requests come. What it throws fails the load with its
   * errno.
   */
  main(m: ModuleContext<C, A>): unknown;
}

/** A module whose services have tables. */
export type ServingModule<C, A, S extends Serves, H> = Omit<ModuleDefinition<C, A>, 'name' | 'serves' | 'main'> & {
  name?: string;
  serves: S;
  main(m: ModuleContext<C, A>): H | Promise<H>;
} & NoSurplus<S, H>;

/** A module that serves by m.serve, if at all. */
export type PlainModule<C, A> = Omit<ModuleDefinition<C, A>, 'serves' | 'main'> & {
  serves?: undefined;
  main(m: ModuleContext<C, A>): void | Promise<void>;
};

/** Handlers that no method of the tables has. */
type Surplus<S, H> = S extends readonly unknown[]
  ? { [I in keyof S]: I extends keyof H ? Exclude<keyof H[I], keyof HandlersOf<S[I]>> : never }[number]
  : Exclude<keyof H, keyof HandlersOf<S>>;
type NoSurplus<S, H> = [Surplus<S, H>] extends [never] ? unknown : { readonly 'handlers that no method has': Surplus<S, H> };

/** A module's events besides messages. */
export interface ModuleEvents<C> {
  /**
   * The broker's configuration was reloaded. First the whole configuration is checked against `config`, then handlers get the module's part and
   * the whole; m.conf is the new one by then. A throw refuses the reload: `flux config reload` shows the error. Order: registration. May be async.
   */
  'config-reload': (conf: C, config: JsonObject) => void | Promise<void>;
}

/** The argument `m` of a module's main: its handle, arguments and configuration, and functions whose effects end with the module. */
export interface ModuleContext<C = JsonObject, A = JsonObject> extends Owned {
  /** The module's own handle: RPCs, events, attributes. */
  readonly flux: Flux;
  /** The name the module runs under. */
  readonly name: string;
  /** Arguments as given at load. */
  readonly args: readonly string[];
  /** Arguments as read by the schema `args`; without a schema the `key=value` pairs as strings. */
  readonly options: A;
  /** The module's part of the configuration, read by the schema `config`. Without a schema the whole configuration. */
  readonly conf: C;
  /** The whole broker configuration, as loaded last. */
  readonly config: JsonObject;
  readonly log: Log;
  /** The broker's environment, for processes that are to be like those it starts. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The broker's working directory, for the same. */
  readonly cwd: string;

  /** Answers requests to `NAME.METHOD`. A method with a dot in front of an own service (`SERVICE.METHOD` of `services`) is taken as it is. */
  serve<P = JsonObject>(method: string, options: ServeOptions<P>, handler: ServeHandler<P>): Undo;
  serve(method: string, handler: ServeHandler): Undo;
  /** Answers streaming requests to `NAME.METHOD`, one generator a request. A request that is not streaming is answered with EPROTO. */
  serveStream<P = JsonObject>(method: string, options: ServeOptions<P>, handler: StreamHandler<P>): Undo;
  serveStream(method: string, handler: StreamHandler): Undo;
  /** Takes requests of any topic below the module's services that nothing else serves (a glob, fnmatch), undecoded. */
  serveRaw(glob: string, options: ServeOptions, handler: RawHandler): Undo;
  serveRaw(glob: string, handler: RawHandler): Undo;
  /** Subscribes to events whose topic begins with `topic` (or matches it, if it is a glob), for as long as the module lives. */
  subscribe(topic: string, handler: (payload: JsonObject, message: Message) => void | Promise<void>): Promise<() => Promise<void>>;
  /** Subscribes to an event of a table: the payload is checked, and one that does not fit is logged. */
  subscribe<E extends Event>(
    event: E,
    handler: (payload: ReadOf<E>, message: Message) => void | Promise<void>,
  ): Promise<() => Promise<void>>;
  on<E extends keyof ModuleEvents<C>>(event: E, handler: ModuleEvents<C>[E]): Undo;

  /**
   * Reports a value to the statsd collector that the broker's environment names (FLUX_FRIPP_STATSD=host:port), as `flux.RANK.NAME`; without one it
   * does nothing. Cheap: only changes travel, those of one turn of the event loop together.
   */
  gauge(name: string, value: number): void;

  /** For a module that loads code of others: what that reads of the broker configuration, as `reads` of the definition. */
  reads(paths: readonly string[]): void;

  /**
   * For a module that loads code of others (plugins of its own): what escapes that code, such as a rejection that nobody handles, is given to
   * `onEscape` instead of ending the module. To be undone when the code goes.
   */
  guard(code: FileOwner, onEscape: (e: unknown) => void): Undo;
  /** RUNNING now, though main goes on: `flux module load` returns. */
  running(): void;
  /** Ends the module, as if it had been removed. With an error it has failed, and that is logged. */
  stop(error?: unknown): void;
}
