import { LogLevel } from '../../handle/log-entry';
import type { Attribution, CodeOwner } from '../../plugin';
import type { LoadedPlugin } from '../../plugin/loader';
import { ObjectSchema } from '../../schema/containers';
import type { Schema } from '../../schema/schema';
import { unwrappedSchema } from '../../schema/wrappers';
import { FluxError } from '../../sys/errors';
import { within } from '../../sys/within';
import type { Port } from '../port';
import type { Statsd } from './gauges';
import { ModuleRunner, type ModuleStart, type Runner, type RunnerEvents } from './module-runner';
import { ThreadRunner } from './thread-runner';

/** Status numbers of broker.lsmod. */
export const ModuleStatus = { init: 0, running: 1, finalizing: 2, exited: 3 } as const;
export type ModuleStatus = (typeof ModuleStatus)[keyof typeof ModuleStatus];

/** A module's definition and where it is from: a plugin on disk, or one made in this process (tests), which has no file. */
export type ModuleSource = Pick<LoadedPlugin<'module'>, 'definition' | 'path' | 'size' | 'digest' | 'files'>;

/** A module as its host starts it: where it is from, and its port to the broker. */
export interface ModuleOptions extends Omit<ModuleStart, 'name' | 'uuid'> {
  source: ModuleSource;
  port: Port;
  attribution: Attribution<CodeOwner>;
  statsd: Statsd;
  /** To the broker's log. */
  log: (level: LogLevel, text: string) => void;
  /** The module is to be unloaded: it asked for it, or has failed. */
  onStop: () => void;
}

/** Milliseconds a module may take to end. */
const FINISH_MS = 10_000;

/** One module as its host sees it: source, port, status, and what runs it. The host registers its services and decides when it goes. */
export class Module {
  readonly name: string;
  readonly source: ModuleSource;
  readonly port: Port;
  readonly #options: ModuleOptions;
  readonly #runner: Runner;
  #status: ModuleStatus = ModuleStatus.init;
  #started!: { resolve: () => void; reject: (e: FluxError) => void };
  #failure: FluxError | undefined;
  readonly #reads: string[] = [];

  constructor(options: ModuleOptions) {
    const { source, port } = options;
    this.#options = options;
    this.source = source;
    this.name = source.definition.name;
    this.port = port;
    this.#runner = this.#makeRunner();
  }

  /** It counts as a service of the broker, not as a module. */
  get resident(): boolean {
    return this.#options.resident;
  }

  get status(): ModuleStatus {
    return this.#status;
  }

  /** Whole seconds since it last sent a message. */
  get idle(): number {
    return Math.floor((Date.now() - this.port.lastSent) / 1000);
  }

  /** Paths of the configuration that it reads, and what it has loaded. */
  get reads(): readonly string[] {
    const { reads, config, table = this.name } = this.source.definition;
    const described = config ? pathsOf(config, table) : reads ? [] : [table];
    return [...described, ...(reads ?? []), ...this.#reads];
  }

  /**
   * Runs main; resolves when the module is RUNNING. Rejects with what failed: the schema of its arguments or configuration, main itself, or
   * ECONNRESET if it was removed before.
   */
  start(): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      this.#started = { resolve, reject };
      this.#runner.start();
    });
  }

  /** An exception that escaped it: it has failed. */
  fail(e: unknown): void {
    this.#runner.fail(e);
  }

  /** Ends it: no new requests, ENOSYS for those that waited, then its own end, and what it holds. */
  async finish(): Promise<void> {
    const { port, log } = this.#options;
    this.#status = ModuleStatus.finalizing;
    for (const response of port.refuse()) {
      log(LogLevel.debug, `responding to post-shutdown ${response.topic}`);
      port.send(response);
    }
    if (!(await within(FINISH_MS, this.#runner.finish()))) {
      log(LogLevel.err, `${this.name}: has not ended after ${FINISH_MS / 1000}s, dropping it`);
      await this.#runner.drop();
    }
    this.#status = ModuleStatus.exited;
    port.close();
  }

  /** The host has removed everything: whoever still waits for start() learns that it failed. */
  gone(): void {
    this.#started.reject(this.#failure ?? new FluxError('ECONNRESET'));
  }

  #makeRunner(): Runner {
    const { source, port, args, env, cwd, config, attributes, resident, attribution, statsd } = this.#options;
    const start: ModuleStart = { name: this.name, uuid: port.uuid, args, env, cwd, config, attributes, resident };
    const events = this.#events();
    const { definition, path } = source;
    if (definition.thread && path !== '') return new ThreadRunner({ start, path, transport: port, events, log: this.#options.log });
    return new ModuleRunner({ ...start, definition, transport: port, traffic: port.traffic, events, attribution, statsd });
  }

  #events(): RunnerEvents {
    const { port, onStop } = this.#options;
    return {
      running: () => {
        if (this.#status !== ModuleStatus.init) return;
        this.#status = ModuleStatus.running;
        port.release();
        this.#started.resolve();
      },
      stop: onStop,
      reads: (paths) => void this.#reads.push(...paths),
      failed: (error) => {
        this.#failure ??= error;
        onStop();
      },
    };
  }
}

/** Paths of the configuration that a schema reads: the whole table, unless it ignores keys that it doesn't name. */
function pathsOf(config: Schema<unknown>, table: string): string[] {
  const schema = unwrappedSchema(config);
  if (!(schema instanceof ObjectSchema) || schema.unknownKeys !== 'ignore') return [table];
  return Object.keys(schema.shape).map((key) => `${table}.${key}`);
}
