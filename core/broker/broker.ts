import { randomUUID } from 'node:crypto';
import type { EncodableObject } from '../formats/json';
import { Flux } from '../handle';
import type { LogLevel } from '../handle/log-entry';
import type { Message } from '../message';
import type { Library } from '../plugin';
import { groups as groupsTable } from '../protocol/groups';
import { heartbeat } from '../protocol/heartbeat';
import { brokerLog } from '../protocol/log';
import { SubprocessServer } from '../subprocess';
import { AttrFlag, Attributes } from './attributes';
import { BrokerConfig } from './broker-config';
import { addContentAttributes } from './content-attributes';
import { serviceEnvironment } from './environment';
import { EventBus } from './event-bus';
import { Groups } from './groups';
import type { LifeSteps } from './life-steps';
import { BrokerLog } from './log';
import { ModuleHost, type ModuleHostOptions } from './modules/host';
import type { Overlay } from './overlay';
import { OwnPort } from './own-port';
import type { BrokerParts } from './parts';
import { Port } from './port';
import { Programs } from './programs';
import type { ResidentService } from './resident';
import { Router } from './router';
import { RunAt } from './runat';
import { ServiceTable } from './service-table';
import { leaderServices, residentServices } from './services';
import { StateMachine } from './state-machine';
import { SubtreeHealth, statusName } from './subtree-health';
import { Topology } from './topology';

/** Compatibility level, as attribute `version` and overlay hello say it. */
export const FLUX_VERSION = '0.32.0';

/** A broker's place in its instance, and the environment, configuration and attributes that it starts with. */
export interface BrokerOptions {
  rank: number;
  size: number;
  /** Instance owner. */
  userid: number;
  /** The broker's environment: commands it starts inherit it. */
  env: Record<string, string | undefined>;
  /** FLUX_MODULE_PATH. */
  searchPath: string;
  /** Modules that plugins import by a bare name, such as `flux`. */
  library: Library;
  /** Preset attributes (`--setattr`). */
  attributes?: Record<string, string | null>;
  config?: EncodableObject;
  /** Folder the configuration was read from, for config.reload; without one a reload keeps what there is. */
  configPath?: string | undefined;
  /** Working directory of commands; default `/`. */
  cwd?: string;
  /** Attributes that are known from bootstrap and start-up, with their flags. */
  startAttributes?: Record<string, { value: string | null; flags: number }>;
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
export class Broker implements BrokerParts, LifeSteps {
  readonly rank: number;
  readonly size: number;
  readonly uuid: string;
  readonly options: BrokerOptions;
  readonly topology: Topology;
  readonly attributes = new Attributes();
  readonly config: BrokerConfig;
  readonly services = new ServiceTable();
  readonly log: BrokerLog;
  readonly router: Router;
  readonly events: EventBus;
  readonly modules: ModuleHost;
  readonly subprocesses: SubprocessServer;
  readonly overlay: Overlay | undefined;
  readonly health: SubtreeHealth;
  readonly groups: Groups;
  readonly runat: RunAt;
  readonly programs: Programs;
  readonly states: StateMachine;
  readonly flux: Flux;
  readonly #port: OwnPort;

  constructor(options: BrokerOptions) {
    const { rank, size, userid, overlay, fanout = 2, library, searchPath } = options;
    this.options = options;
    this.rank = rank;
    this.size = size;
    this.overlay = overlay;
    this.uuid = overlay?.uuid ?? randomUUID();
    this.topology = new Topology(rank, size, fanout);
    this.health = overlay?.health ?? new SubtreeHealth([]);
    const log = (level: LogLevel, text: string) => this.log.log(level, text);
    const known = { rank: String(rank), size: String(size) };
    this.#port = new OwnPort((message) => this.router.fromBroker(message));
    const own = (message: Message) => this.#port.deliver(message);
    this.events = new EventBus({ overlay, ports: () => this.router.ports, own, log });
    const { topology, services, events } = this;
    this.router = new Router({ uuid: this.uuid, userid, topology, services, overlay, events, own, log });
    this.flux = new Flux(this.#port, { subscriptions: null, name: 'broker', attributes: known });
    this.log = new BrokerLog({
      rank,
      forward: (line) => this.flux.tell(brokerLog.append, Buffer.from(line), { nodeid: 'upstream' }),
      stderr: options.stderr ?? (() => {}),
    });
    this.states = new StateMachine(log);
    this.runat = new RunAt(log);
    this.programs = new Programs({ env: options.env, cwd: options.cwd, attributes: this.attributes });
    this.groups = new Groups({
      rank,
      sendUp: (update) => this.flux.tell(groupsTable.update, { update }, { nodeid: 'upstream' }),
      log,
    });
    this.subprocesses = new SubprocessServer({
      rank,
      uri: () => this.attributes.value('local-uri') ?? undefined,
      env: serviceEnvironment(options.env),
      hostedFolders: () => (this.attributes.value('conf.exec_path') ?? '').split(':'),
      log,
    });
    this.config = new BrokerConfig({
      rank,
      config: options.config ?? {},
      path: options.configPath,
      flux: this.flux,
      modules: () => this.modules.modules,
      log,
    });
    this.modules = new ModuleHost({
      searchPath,
      library,
      uuid: this.uuid,
      router: this.router,
      services: this.services,
      config: () => this.config.object,
      attributes: known,
      env: serviceEnvironment(options.env),
      cwd: options.cwd ?? '/',
      log,
      attribution: options.attribution,
    });
  }

  /** Registers attributes and services, and joins the tree: resolves when the parent has accepted this broker, which serves clients from now on. */
  async start(): Promise<void> {
    await this.prepare();
    await this.join();
    this.router.online = true;
  }

  /** As start(), without waiting for the parent: join() does that. Clients stay outside until router.online is set. */
  async prepare(): Promise<void> {
    await this.#addAttributes();
    for (const make of residentServices) this.addResident(make(this));
    if (this.rank === 0) for (const make of leaderServices) this.addResident(make(this));
    if (this.overlay) this.#connectOverlay(this.overlay);
    await this.flux.subscribe(heartbeat.pulse, () => this.overlay?.heartbeat());
  }

  /** Resolves when the parent has accepted this broker; rejects with its answer when it refuses, ECANCELED when this broker is stopped. */
  async join(): Promise<void> {
    await this.overlay?.start();
  }

  /** Unloads all modules, leaves the tree and closes the handle. */
  async stop(): Promise<void> {
    await this.modules.removeAll();
    await this.subprocesses.close();
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

  addResident(service: ResidentService): void {
    this.services.add(service.name, this.#port);
    service.serve(this.flux);
  }

  readonly panic = (reason: string): void => {
    this.options.stderr?.(`PANIC: ${reason}`);
    this.options.panic?.(reason);
  };

  onParent: LifeSteps['onParent'] = () => {};

  #connectOverlay(overlay: Overlay): void {
    overlay.handlers = {
      message: (message, from) => this.router.fromPeer(message, from),
      childJoined: (rank, lastEvent) => {
        if (lastEvent !== undefined) this.events.replay(rank, lastEvent);
      },
      joined: (sequence) => this.events.startAt(sequence),
      childGone: (rank, status) => {
        this.router.peerGone(rank);
        this.groups.subtreeLost(rank, this.topology.subtree(rank), statusName(status));
      },
      parentLost: () => {
        this.router.peerGone('parent');
        this.onParent('lost');
      },
      parentBack: () => {
        this.groups.announce();
        this.onParent('back');
      },
      parentGone: (error) => {
        this.router.peerGone('parent', error.text);
        this.onParent('gone');
      },
      lastEvent: () => this.events.lastSequence,
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
    for (const [name, { value, flags }] of Object.entries(this.options.startAttributes ?? {})) attributes.addDefault(name, value, flags);
    attributes.add('tbon.level', String(topology.level), AttrFlag.immutable);
    attributes.add('tbon.maxlevel', String(topology.maxlevel), AttrFlag.immutable);
    attributes.add('tbon.descendants', String(topology.descendants), AttrFlag.immutable);
    await this.log.addAttributes(attributes);
    await addContentAttributes(attributes);
  }
}
