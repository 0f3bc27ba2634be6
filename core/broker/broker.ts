import { randomUUID } from 'node:crypto';
import { Flux } from '../handle';
import type { JsonObject } from '../plugin/types-common';
import { AttrFlag, Attributes } from './attributes';
import { EventBus } from './event-bus';
import { BrokerLog } from './log';
import { ModuleHost, type ModuleHostOptions } from './modules/host';
import type { Overlay } from './overlay';
import { OwnPort } from './own-port';
import { Port } from './port';
import type { ResidentService } from './resident';
import { Router } from './router';
import { ServiceTable } from './service-table';
import { leaderServices, residentServices } from './services';
import { Topology } from './topology';

/** Compatibility level, as attribute `version` and overlay hello say it. */
export const FLUX_VERSION = '0.32.0';

export interface BrokerOptions {
  rank: number;
  size: number;
  /** Instance owner. */
  userid: number;
  /** The broker's environment: commands it starts inherit it. */
  env: Record<string, string | undefined>;
  /** FLUX_MODULE_PATH. */
  searchPath: string;
  /** What plugins get as `flux`. */
  library: object;
  /** Preset attributes (`--setattr`). */
  attributes?: Record<string, string | null>;
  config?: JsonObject;
  /** Arity of the tree (`tbon.fanout`). */
  fanout?: number;
  /** Undefined in an instance of one broker. */
  overlay?: Overlay | undefined;
  /** Writes a line to the broker's stderr. */
  stderr?: (line: string) => void;
  /** Ends the process at once (broker.panic). */
  panic?: (reason: string) => void;
  attribution?: ModuleHostOptions['attribution'];
}

/** One broker of an instance, as an object: any number of them live in a process (flux-broker(1)). */
export class Broker {
  readonly rank: number;
  readonly size: number;
  readonly uuid: string;
  readonly options: BrokerOptions;
  readonly topology: Topology;
  readonly attributes = new Attributes();
  readonly services = new ServiceTable();
  readonly log: BrokerLog;
  readonly router: Router;
  readonly events: EventBus;
  readonly modules: ModuleHost;
  readonly overlay: Overlay | undefined;
  /** The broker's own handle: resident services are served on it. */
  readonly flux: Flux;
  readonly #port: OwnPort;
  #config: JsonObject;

  constructor(options: BrokerOptions) {
    const { rank, size, userid, overlay, fanout = 2, library, searchPath } = options;
    this.options = options;
    this.rank = rank;
    this.size = size;
    this.overlay = overlay;
    this.uuid = overlay?.uuid ?? randomUUID();
    this.topology = new Topology(rank, size, fanout);
    this.#config = options.config ?? {};
    const log = (level: number, text: string) => this.log.log(level, text);
    const known = { rank: String(rank), size: String(size) };
    this.router = new Router({ uuid: this.uuid, userid, topology: this.topology, services: this.services, overlay, log });
    this.#port = new OwnPort((message) => this.router.fromBroker(message));
    this.flux = new Flux(this.#port, { subscriptions: null, name: 'broker', attributes: known });
    this.log = new BrokerLog({
      rank,
      forward: (line) => this.flux.notify('log.append', Buffer.from(line), { nodeid: 'upstream' }),
      stderr: options.stderr ?? (() => {}),
    });
    this.events = new EventBus({ overlay, ports: () => this.router.ports, own: (event) => this.#port.deliver(event), log });
    this.router.events = this.events;
    this.router.receiveOwn = (response) => this.#port.deliver(response);
    this.modules = new ModuleHost({
      searchPath,
      library,
      uuid: this.uuid,
      router: this.router,
      services: this.services,
      config: () => this.#config,
      attributes: known,
      env: options.env,
      log,
      attribution: options.attribution,
    });
  }

  /** The configuration in force. */
  get config(): JsonObject {
    return this.#config;
  }

  /** Registers attributes and services, and joins the tree: resolves when the parent has accepted this broker. */
  async start(): Promise<void> {
    await this.#addAttributes();
    for (const make of residentServices) this.addResident(make(this));
    if (this.rank === 0) for (const make of leaderServices) this.addResident(make(this));
    if (this.overlay) {
      this.#connectOverlay(this.overlay);
      await this.overlay.start();
    }
    this.router.online = true;
  }

  /** Unloads all modules, leaves the tree and closes the handle. */
  async stop(): Promise<void> {
    await this.modules.removeAll();
    await this.overlay?.close();
    this.flux.close();
    this.log.close();
  }

  /** A handle for a client in this process, attached as a module is. */
  openHandle(name = 'client'): Flux {
    const port = new Port(this.uuid, (message, from) => this.router.fromPort(message, from));
    this.router.addPort(port);
    const flux = new Flux(port, { subscriptions: 'broker', name, attributes: { rank: String(this.rank), size: String(this.size) } });
    void flux.closed.then(() => this.dropPort(port));
    return flux;
  }

  /** Removes what hangs on a port, and tells the services it has used. */
  dropPort(port: Port): void {
    this.services.removeAll(port);
    for (const disconnect of port.disconnects.take()) this.router.request(disconnect);
    this.router.removePort(port);
  }

  addResident({ name, methods }: ResidentService): void {
    this.services.add(name, this.#port);
    for (const [topic, { handle, stream, ...options }] of Object.entries(methods)) {
      if (handle) this.flux.serve(topic, options, handle);
      else this.flux.serveStream(topic, options, stream);
    }
  }

  /** Ends the process at once, without cleanup. */
  panic(reason: string): void {
    this.options.stderr?.(`PANIC: ${reason}`);
    this.options.panic?.(reason);
  }

  #connectOverlay(overlay: Overlay): void {
    overlay.handlers = {
      message: (message, from) => this.router.fromPeer(message, from),
      childGone: (rank) => this.router.failRpcs(rank),
      parentGone: (error) => this.router.failRpcs('parent', error.text),
      log: (level, text) => this.log.log(level, text),
    };
  }

  async #addAttributes(): Promise<void> {
    const { attributes, topology } = this;
    for (const [name, value] of Object.entries(this.options.attributes ?? {})) attributes.add(name, value);
    attributes.add('rank', String(this.rank), AttrFlag.immutable);
    attributes.add('size', String(this.size), AttrFlag.immutable);
    attributes.addDefault('version', FLUX_VERSION);
    attributes.add('security.owner', String(this.options.userid), AttrFlag.immutable);
    attributes.add('broker.pid', String(process.pid), AttrFlag.immutable);
    attributes.addDefault('tbon.fanout', String(topology.fanout), AttrFlag.immutable);
    attributes.add('tbon.level', String(topology.level), AttrFlag.immutable);
    attributes.add('tbon.maxlevel', String(topology.maxlevel), AttrFlag.immutable);
    attributes.add('tbon.descendants', String(topology.descendants), AttrFlag.immutable);
    await this.log.addAttributes(attributes);
  }
}
