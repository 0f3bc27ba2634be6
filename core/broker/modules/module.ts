import { Flux } from '../../handle';
import { parseArgs } from '../../plugin';
import type { LoadedPlugin } from '../../plugin/loader';
import type { JsonObject } from '../../plugin/types-common';
import type { ModuleDefinition } from '../../plugin/types-module';
import { FluxError, toFluxError } from '../../sys/errors';
import { strerror } from '../../sys/strerror';
import type { Port } from '../port';
import { addBuiltinMethods } from './builtin-methods';
import { describe, HostedContext } from './module-context';

/** Status numbers of broker.lsmod. */
export const ModuleStatus = { init: 0, running: 1, finalizing: 2, exited: 3 } as const;
export type ModuleStatus = (typeof ModuleStatus)[keyof typeof ModuleStatus];

/** What a host loads: a plugin from disk, or a definition made in this process (tests), which has no file. */
export type ModuleSource = Pick<LoadedPlugin<'module'>, 'definition' | 'path' | 'size' | 'digest' | 'files'>;

export interface ModuleOptions {
  source: ModuleSource;
  args: readonly string[];
  port: Port;
  env: Readonly<Record<string, string | undefined>>;
  config: JsonObject;
  /** Attributes the handle knows without asking. */
  attributes: Record<string, string>;
  /** Asked for by the module itself (m.stop, NAME.shutdown): the host is to unload it. */
  onStop: () => void;
}

/** One module that runs in the broker's thread: its port, handle and context. The host registers its services and decides when it goes. */
export class Module {
  readonly name: string;
  readonly source: ModuleSource;
  readonly port: Port;
  readonly #options: ModuleOptions;
  readonly #flux: Flux;
  #context: HostedContext | undefined;
  #status: ModuleStatus = ModuleStatus.init;
  #started!: { resolve: () => void; reject: (e: FluxError) => void };
  /** Why it ended, if it failed. */
  failure: FluxError | undefined;

  constructor(options: ModuleOptions) {
    const { source, port, attributes } = options;
    this.#options = options;
    this.source = source;
    this.name = source.definition.name;
    this.port = port;
    this.#flux = new Flux(port, {
      subscriptions: 'broker',
      name: this.name,
      attributes,
      onHandlerError: (where, e) => this.#flux.log(3, `${where}: ${describe(e)}`),
    });
  }

  get status(): ModuleStatus {
    return this.#status;
  }

  /** Whole seconds since it last sent a message. */
  get idle(): number {
    return Math.floor((Date.now() - this.port.lastSent) / 1000);
  }

  /**
   * Runs main; resolves when the module is RUNNING. Rejects with what failed: the schema of its arguments or configuration, main itself, or
   * ECONNRESET if it was removed before.
   */
  start(): Promise<void> {
    const started = new Promise<void>((resolve, reject) => {
      this.#started = { resolve, reject };
    });
    void this.#run();
    return started;
  }

  /** Takes the new configuration, or throws what the module has against it. */
  async reloadConfig(config: JsonObject): Promise<void> {
    await this.#context?.reload(config);
  }

  /** Ends it: no new requests, ENOSYS for those that waited, the signal, deferred functions, streams, handle. */
  async finish(): Promise<void> {
    this.#status = ModuleStatus.finalizing;
    for (const response of this.port.refuse()) {
      this.#flux.log(7, `responding to post-shutdown ${response.topic}`);
      this.port.send(response);
    }
    await this.#context?.dispose();
    this.#flux.dispatcher.endStreams(new FluxError('ENOSYS'));
    this.#status = ModuleStatus.exited;
    this.port.close();
  }

  /** The host has removed everything: whoever still waits for start() learns that it failed. */
  gone(): void {
    this.#started.reject(this.failure ?? new FluxError('ECONNRESET'));
  }

  async #run(): Promise<void> {
    try {
      const definition = this.source.definition;
      this.#context = this.#makeContext(definition);
      addBuiltinMethods({
        name: this.name,
        flux: this.#flux,
        port: this.port,
        shutdown: this.#options.onStop,
        reloadConfig: (request) => this.reloadConfig(request.json()),
      });
      await this.#flux.subscribe(`${this.name}.stats.clear`, () => this.port.clearTraffic());
      await definition.main(this.#context);
      this.#running();
    } catch (e) {
      this.fail(e);
    }
  }

  #makeContext(definition: ModuleDefinition<unknown, unknown>): HostedContext {
    const { args, config } = this.#options;
    const { name } = this;
    return new HostedContext({
      flux: this.#flux,
      name,
      services: [name, ...(definition.services ?? [])],
      args,
      env: this.#options.env,
      options: parseArgs(name, args, definition.args),
      config,
      readConf: (whole) => (definition.config ? definition.config.parse(whole[name] ?? {}, { name }) : whole),
      running: () => this.#running(),
      stop: (error) => (error === undefined ? this.#options.onStop() : this.fail(error)),
    });
  }

  #running(): void {
    if (this.#status !== ModuleStatus.init) return;
    this.#status = ModuleStatus.running;
    this.port.release();
    this.#started.resolve();
  }

  /** It has failed: logged, and the host is asked to unload it. */
  fail(e: unknown): void {
    if (this.#status >= ModuleStatus.finalizing) return;
    const failure = (this.failure ??= toFluxError(e));
    if (failure.text) this.#flux.log(3, describe(e));
    this.#flux.log(2, `fatal error: ${strerror(failure.errnum)}`);
    this.#options.onStop();
  }
}
