import type { EncodableObject, JsonObject } from '../formats/json';
import type { Flux } from '../handle';
import { LogLevel } from '../handle/log-entry';
import { FluxError, isErrno, toFluxError } from '../sys/errors';
import { type Configuration, configurationOf, readConfiguration } from './config-files';
import { unreadConfig } from './unread-config';

/** A module, as far as configuration goes: who is asked to take a new one, and what it reads of it. */
interface ConfigReader {
  readonly name: string;
  readonly reads: Iterable<string>;
}

/** The configuration to begin with, where to read it again, and who is told of a new one. */
export interface BrokerConfigOptions {
  rank: number;
  config: EncodableObject;
  /** Folder that reload() reads; without one it keeps what there is. */
  path: string | undefined;
  flux: Flux;
  modules: () => Iterable<ConfigReader>;
  log: (level: LogLevel, text: string) => void;
}

/** The configuration in force, and its reloading (docs/protocol/broker.md §11). */
export class BrokerConfig {
  readonly #options: BrokerConfigOptions;
  #current: Configuration;
  #reloading = false;

  constructor(options: BrokerConfigOptions) {
    this.#options = options;
    this.#current = configurationOf(options.config);
  }

  get object(): JsonObject {
    return this.#current.object;
  }

  /** Reads the configuration again and hands it to every module. EBUSY: one is going on. */
  async reload(): Promise<void> {
    if (this.#reloading) throw new FluxError('EBUSY', 'reload in progress');
    this.#reloading = true;
    try {
      const { path, log } = this.#options;
      const next = path === undefined ? this.#current : await readConfiguration(path);
      const failures = await this.#offer(next);
      this.#current = next;
      if (failures.length > 0) {
        log(LogLevel.err, 'config reload failed');
        throw new FluxError(failures[0]!.error.code, failures.map(({ module, error }) => `${module}: ${error.message}`).join('\n'));
      }
      log(LogLevel.info, 'configuration reloaded');
      this.reportUnread();
    } finally {
      this.#reloading = false;
    }
  }

  /** Says, once for the instance, what of the configuration is read by nothing that is loaded. */
  reportUnread(): void {
    const { rank, modules, log } = this.#options;
    if (rank > 0) return;
    const reads = [...modules()].flatMap((module) => [...module.reads]);
    for (const line of unreadConfig(this.object, reads)) log(LogLevel.warning, line);
  }

  async #offer({ payload }: Configuration): Promise<{ module: string; error: FluxError }[]> {
    const { rank, flux, modules } = this.#options;
    const failures: { module: string; error: FluxError }[] = [];
    const ask = async (module: string) => {
      try {
        await flux.rpc(`${module}.config-reload`, payload, { nodeid: rank });
      } catch (e) {
        if (!isErrno(e, 'ENOSYS')) failures.push({ module, error: toFluxError(e) });
      }
    };
    await Promise.all([...modules()].map(({ name }) => ask(name)));
    return failures;
  }
}
