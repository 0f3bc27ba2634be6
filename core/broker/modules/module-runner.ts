import type { JsonObject } from '../../formats/json';
import { Flux } from '../../handle';
import { LogLevel } from '../../handle/log-entry';
import { type Attribution, type CodeOwner, parseArgs, tablesOf } from '../../plugin';
import type { ModuleDefinition } from '../../plugin/types/module';
import type { AccessRole } from '../../protocol';
import { builtin } from '../../protocol/module';
import { describeError, FluxError, toFluxError } from '../../sys/errors';
import { strerror } from '../../sys/strerror';
import type { Transport } from '../../transport';
import type { TrafficCounter } from '../traffic';
import { addBuiltinMethods, builtinAccess } from './builtin-methods';
import type { Statsd } from './gauges';
import { HostedContext, topicOf } from './module-context';

/** Called by a runner, to tell its host how the module fares. */
export interface RunnerEvents {
  /** main has resolved, or called m.running(). */
  running(): void;
  /** The module asks to be unloaded (m.stop, NAME.shutdown). */
  stop(): void;
  /** Code that it has loaded reads these paths of the configuration. */
  reads(paths: readonly string[]): void;
  /** It has failed, which is logged already: it is to be unloaded. */
  failed(error: FluxError): void;
}

/** Runs a module's code, in the broker's thread or in one of its own. */
export interface Runner {
  /** Runs main. The host hears of its end by events. */
  start(): void;
  /** A failure that the module did not report itself: an exception that escaped it. */
  fail(e: unknown): void;
  /** Ends it: the signal, deferred functions, streams. Resolves when none of its code runs any more. */
  finish(): Promise<void>;
  /** Ends it without asking it: its requests are answered all the same. */
  drop(): void | Promise<void>;
}

/** Settings that a module is started with; all of it can cross threads. */
export interface ModuleStart {
  name: string;
  /** Its id on route stacks. */
  uuid: string;
  args: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  config: JsonObject;
  /** Attributes the handle knows without asking. */
  attributes: Record<string, string>;
  /** It stands for a service of the broker: the methods that every module has are none of its. */
  resident: boolean;
}

/** A module to run in this thread: its definition, and its way to the broker. */
export interface ModuleRunnerOptions extends ModuleStart {
  definition: ModuleDefinition<unknown, unknown>;
  transport: Transport;
  traffic: TrafficCounter;
  events: RunnerEvents;
  /** Whose code is whose in this thread. */
  attribution: Attribution<CodeOwner>;
  statsd: Statsd;
}

/** Runs a module in this thread: its handle, its context, the methods that every module has. */
export class ModuleRunner implements Runner {
  readonly #options: ModuleRunnerOptions;
  readonly #flux: Flux;
  #context: HostedContext | undefined;
  #ending = false;

  constructor(options: ModuleRunnerOptions) {
    const { name, transport, attributes } = options;
    this.#options = options;
    this.#flux = new Flux(transport, {
      subscriptions: 'broker',
      name,
      attributes,
      onHandlerError: (where, e) => this.#flux.log(LogLevel.err, `${where}: ${describeError(e)}`),
    });
  }

  start(): void {
    void this.#run();
  }

  fail(e: unknown): void {
    if (this.#ending) return;
    const failure = toFluxError(e);
    if (failure.text) this.#flux.log(LogLevel.err, describeError(e));
    this.#flux.log(LogLevel.crit, `fatal error: ${strerror(failure.errnum)}`);
    this.#options.events.failed(failure);
  }

  /** To the broker's log, in the module's name. */
  log(level: LogLevel, text: string): void {
    this.#flux.log(level, text);
  }

  async finish(): Promise<void> {
    this.#ending = true;
    await this.#context?.dispose();
    this.drop();
  }

  drop(): void {
    this.#flux.dispatcher.endAll(new FluxError('ENOSYS'));
  }

  /** The schemas of arguments and configuration are checked first: what they find fails the load as main itself would. */
  async #run(): Promise<void> {
    const { definition, name, uuid, traffic, events, resident } = this.#options;
    try {
      const context = this.#makeContext();
      this.#context = context;
      this.#flux.dispatcher.access = accessOf(name, definition);
      if (!resident) {
        addBuiltinMethods({
          name,
          uuid,
          traffic,
          flux: this.#flux,
          shutdown: () => events.stop(),
          reloadConfig: (whole) => context.reload(whole),
        });
        await this.#flux.subscribe(builtin.statsClear.at(name).topic, () => traffic.clear());
      }
      const handlers = await definition.main(context);
      this.#serve(handlers);
      events.running();
    } catch (e) {
      this.fail(e);
    }
  }

  /** Serves the tables of the definition with what main returned. */
  #serve(returned: unknown): void {
    const { serves } = this.#options.definition;
    const handlers = Array.isArray(returned) ? returned : [returned];
    for (const [i, table] of tablesOf(serves).entries()) this.#flux.serveTable(table, handlers[i] ?? {});
  }

  #makeContext(): HostedContext {
    const { definition, name, args, env, cwd, config, events, attributes, attribution, statsd } = this.#options;
    const { table = name } = definition;
    const report = (text: string) => this.#flux.log(LogLevel.err, text);
    return new HostedContext({
      flux: this.#flux,
      name,
      services: servicesOf(name, definition),
      args,
      env,
      cwd,
      rank: attributes['rank'] ?? '',
      attribution,
      statsd,
      options: parseArgs(name, args, definition.args, report),
      config,
      readConf: (whole) => (definition.config ? definition.config.parse(whole[table] ?? {}, { name, report }) : whole),
      running: () => events.running(),
      reads: (paths) => events.reads(paths),
      stop: (error) => (error === undefined ? events.stop() : this.fail(error)),
    });
  }
}

type Definition = ModuleRunnerOptions['definition'];

function servicesOf(name: string, { services = [] }: Definition): string[] {
  return [name, ...services];
}

function accessOf(name: string, definition: Definition): ReadonlyMap<string, AccessRole> | undefined {
  if (!definition.methods) return undefined;
  const services = servicesOf(name, definition);
  const rows = Object.entries({ ...builtinAccess, ...definition.methods });
  return new Map(rows.map(([method, role]) => [topicOf(method, services), role]));
}
