import type { JsonObject } from '../../formats/json';
import { LogLevel } from '../../handle/log-entry';
import { Attribution, type CodeOwner, findPlugin, type Library, loadPlugin } from '../../plugin';
import { errorStack, FluxError } from '../../sys/errors';
import { residentModules } from '../broker-modules';
import { Port } from '../port';
import type { Router } from '../router';
import type { ServiceTable } from '../service-table';
import { Statsd } from './gauges';
import { Module, type ModuleSource, ModuleStatus } from './module';

/** The parts of a broker that its modules are loaded and run with. */
export interface ModuleHostOptions {
  /** FLUX_MODULE_PATH: colon-separated folders. */
  searchPath: string;
  /** Modules that plugins import by a bare name, such as `flux`. */
  library: Library;
  uuid: string;
  router: Router;
  services: ServiceTable;
  config: () => JsonObject;
  attributes: Record<string, string>;
  /** The broker's environment, for modules that start processes like the broker's. */
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  /** To the broker's log. */
  log: (level: LogLevel, text: string) => void;
  /** Learns whose files are whose, for the guard against stray exceptions. */
  attribution?: Attribution<CodeOwner> | undefined;
}

/** One line of broker.lsmod. */
export interface ModuleInfo {
  name: string;
  size: number;
  digest: string;
  idle: number;
  status: ModuleStatus;
  services: string[];
}

/** Loads, lists and unloads the modules of one broker (flux-module(1), docs/protocol/broker.md §7). */
export class ModuleHost {
  readonly #options: ModuleHostOptions;
  readonly #attribution: Attribution<CodeOwner>;
  readonly #statsd: Statsd;
  readonly #modules = new Map<string, Module>();
  readonly #unloading = new Map<Module, Promise<void>>();
  readonly #unattribute = new Map<Module, () => void>();

  constructor(options: ModuleHostOptions) {
    this.#options = options;
    this.#attribution = options.attribution ?? new Attribution();
    this.#statsd = new Statsd(options.env['FLUX_FRIPP_STATSD'], (text) => options.log(LogLevel.err, text));
  }

  /**
   * Loads the module of a file, or the one the search path has by this name; resolves when it is running. ENOENT: no such module; EEXIST: its name
   * or a service of it is taken; EINVAL: no module; otherwise what its main failed with.
   */
  async load(pathOrName: string, args: readonly string[] = []): Promise<Module> {
    return this.start(this.read(pathOrName), args);
  }

  /** The module of a file or a name, read and not started. ENOENT, EINVAL: as load(). */
  read(pathOrName: string): ModuleSource {
    const file = findPlugin('module', pathOrName, this.#options.searchPath);
    if (file === undefined) throw new FluxError('ENOENT');
    return loadPlugin(file, { kind: 'module', library: this.#options.library });
  }

  /** As load(), of a definition that is in memory already. */
  async start(source: ModuleSource, args: readonly string[] = []): Promise<Module> {
    const { name, services = [], taken, needs = [] } = source.definition;
    for (const needed of needs) if (!this.has(needed)) throw new FluxError('ENOENT', `${name}: module ${needed} is not loaded`);
    const { router, uuid, log, attributes } = this.#options;
    const port = new Port(uuid, (message, from) => router.fromPort(message, from), { hold: true });
    this.#register(name, services, port, taken);
    const config = this.#options.config();
    const module: Module = new Module({
      source,
      args,
      port,
      config,
      env: this.#options.env,
      cwd: this.#options.cwd,
      attributes,
      resident: residentModules.includes(name),
      attribution: this.#attribution,
      statsd: this.#statsd,
      log,
      onStop: () => void this.#unload(module),
    });
    this.#modules.set(name, module);
    router.addPort(port);
    this.#unattribute.set(module, this.#attribution.register(this.#owner(module)));
    log(LogLevel.debug, `insmod ${name}`);
    await module.start();
    return module;
  }

  /** Unloads a module; resolves when nothing of it is left. ENOENT: not loaded; ENOSYS: it is on its way out already. */
  async remove(name: string): Promise<void> {
    const module = this.#modules.get(name);
    if (!module || module.resident) throw new FluxError('ENOENT');
    if (module.status >= ModuleStatus.finalizing) throw new FluxError('ENOSYS');
    await this.#unload(module);
  }

  /** Unloads all modules, the last loaded first. */
  async removeAll(): Promise<void> {
    for (const module of [...this.#modules.values()].reverse()) await this.#unload(module);
  }

  has(name: string): boolean {
    return this.#modules.has(name);
  }

  get modules(): Iterable<Module> {
    return this.#modules.values();
  }

  /** All but those that count as the broker's own. */
  list(): ModuleInfo[] {
    const listed = [...this.#modules.values()].filter(({ resident }) => !resident);
    return listed.map(({ name, idle, status, source, port }) => {
      return { name, size: source.size, digest: source.digest, idle, status, services: this.#options.services.namesOf(port) };
    });
  }

  /** A module that is to blame for an exception that escaped it goes. */
  #owner(module: Module): CodeOwner {
    const { log } = this.#options;
    return {
      get files() {
        return module.source.files;
      },
      escaped(e) {
        log(LogLevel.err, `${module.name}: uncaught exception: ${errorStack(e).split('\n', 1)[0]}`);
        module.fail(e);
      },
    };
  }

  /** However many ask, it is unloaded once. */
  #unload(module: Module): Promise<void> {
    const running = this.#unloading.get(module);
    if (running) return running;
    const unloading = this.#finish(module);
    this.#unloading.set(module, unloading);
    return unloading;
  }

  async #finish(module: Module): Promise<void> {
    const { router, services, log } = this.#options;
    const { name, port } = module;
    log(LogLevel.debug, `rmmod ${name}`);
    await module.finish();
    services.removeAll(port);
    for (const disconnect of port.disconnects.take()) router.request(disconnect);
    router.removePort(port);
    this.#unattribute.get(module)?.();
    this.#unattribute.delete(module);
    this.#modules.delete(name);
    this.#unloading.delete(module);
    log(LogLevel.debug, `module ${name} exited`);
    module.gone();
  }

  #register(name: string, services: readonly string[], port: Port, taken: ModuleSource['definition']['taken']): void {
    const wrong = [name, ...services].find((service) => service === '' || service.includes('.'));
    if (wrong !== undefined) throw new FluxError('EINVAL', `'${wrong}' is no name of a service: it is empty or has a dot`);
    this.#options.services.add(name, port);
    try {
      for (const service of services) this.#options.services.add(service, port);
    } catch (e) {
      this.#options.services.removeAll(port);
      throw taken ? new FluxError(taken.code, taken.text, { cause: e }) : e;
    }
  }
}
