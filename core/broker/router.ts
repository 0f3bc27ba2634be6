import { LogLevel } from '../handle/log-entry';
import { Message, MessageType, NODEID_ANY, Role, USERID_UNKNOWN } from '../message';
import { errno } from '../sys/errno';
import { type ErrnoCode, errorText, FluxError, isErrno } from '../sys/errors';
import { DistantClients } from './distant-clients';
import type { EventBus } from './event-bus';
import type { Overlay, Peer } from './overlay';
import type { Port } from './port';
import { RpcTracker } from './rpc-tracker';
import type { ServiceTable } from './service-table';
import type { Topology } from './topology';

/** The parts of a broker that messages go to, and its place in the tree. */
export interface RouterOptions {
  uuid: string;
  /** Instance owner, whose credentials messages get that have none. */
  userid: number;
  topology: Topology;
  services: ServiceTable;
  /** Undefined in an instance of one broker. */
  overlay: Overlay | undefined;
  events: Pick<EventBus, 'publish' | 'receive'>;
  /** Takes responses to the broker's own RPCs. */
  own: (response: Message) => void;
  log: (level: LogLevel, text: string) => void;
}

const MAX_ERROR_TEXT = 63;
const OFFLINE_TEXT = 'Upstream Flux broker is offline. Try again later.';

/**
 * Decides where each message goes (docs/protocol/wire.md §6). Synchronous and without side effects besides the sending: receivers have mailboxes, so
 * no handler runs in here.
 */
export class Router {
  /** False until this broker has left state JOIN: clients are told to try again later. */
  online = false;
  readonly #options: RouterOptions;
  readonly #ports = new Map<string, Port>();
  readonly #childRpcs = new Map<number, RpcTracker>();
  readonly #parentRpcs = new RpcTracker();
  readonly #distant = new Map<Peer, DistantClients>();

  constructor(options: RouterOptions) {
    this.#options = options;
    for (const child of options.topology.children) this.#childRpcs.set(child, new RpcTracker());
  }

  // ---- ports

  addPort(port: Port): void {
    this.#ports.set(port.uuid, port);
  }

  removePort(port: Port): void {
    this.#ports.delete(port.uuid);
  }

  get ports(): Iterable<Port> {
    return this.#ports.values();
  }

  portOf(uuid: string | undefined): Port | undefined {
    return uuid === undefined ? undefined : this.#ports.get(uuid);
  }

  /** A message that a port's holder sent. */
  fromPort(message: Message, port: Port): void {
    this.#fillCredentials(message);
    switch (message.type) {
      case MessageType.request:
        message.pushRoute(port.uuid);
        port.disconnects.note(message);
        this.request(message);
        break;
      case MessageType.response:
        if (message.popRoute() === this.#options.uuid) this.response(message);
        break;
      case MessageType.event:
        message.pushRoute(port.uuid);
        this.event(message);
        break;
    }
  }

  /** A message that the broker's own services sent. */
  fromBroker(message: Message): void {
    this.#fillCredentials(message);
    if (message.type === MessageType.request) this.request(message.enableRoutes());
    else if (message.type === MessageType.response) this.response(message);
    else if (message.type === MessageType.event) this.event(message);
  }

  /** A message that came over the overlay. */
  fromPeer(message: Message, from: Peer): void {
    if (message.type === MessageType.request) {
      this.#clientsOf(from).note(message);
      this.request(message);
    } else if (message.type === MessageType.response) {
      this.#trackerOf(from)?.received(message);
      this.response(message);
    } else if (message.type === MessageType.event) {
      if (from === 'parent') this.#options.events.receive(message);
      else this.event(message);
    }
  }

  // ---- routing table

  request(request: Message): void {
    const { topology } = this.#options;
    const { nodeid, upstream } = request;
    if (!this.online && request.routes!.length > 1) this.#refuse(request, 'EAGAIN', OFFLINE_TEXT);
    else if (upstream && nodeid === topology.rank) this.#up(request);
    else if (upstream || nodeid === NODEID_ANY) this.#toNearest(request);
    else if (nodeid === topology.rank) this.#toService(request);
    else this.#toRank(request);
  }

  response(response: Message): void {
    const { overlay, own } = this.#options;
    const next = response.topRoute;
    if (next === undefined) {
      if (response.routes) own(response);
      return;
    }
    const port = this.#ports.get(next);
    if (port) {
      response.popRoute();
      port.deliver(response);
      return;
    }
    if (!overlay) return;
    const child = overlay.childByUuid(next);
    try {
      if (child !== undefined) overlay.sendDown(child, response);
      else if (next === overlay.parentUuid) overlay.sendUp(response);
    } catch (e) {
      if (!isErrno(e, 'EHOSTUNREACH')) throw e;
      this.#options.log(
        LogLevel.err,
        `DROP ${child === undefined ? 'upstream' : 'downstream'} response topic=${response.topic ?? '-'}: ${errorText(e)}`,
      );
    }
  }

  /** An event that is not published yet: on its way to rank 0, which publishes it. */
  event(event: Message): void {
    if (this.#options.topology.rank === 0) this.#options.events.publish(event);
    else {
      try {
        this.#options.overlay?.sendUp(event);
      } catch (e) {
        if (!isErrno(e, 'EHOSTUNREACH')) throw e; // events are not acknowledged
      }
    }
  }

  // ---- loss of peers

  /** A peer is gone: what was asked of it is answered EHOSTUNREACH, and those whom its side has asked drop what they hold for it. */
  peerGone(from: Peer, text?: string): void {
    for (const disconnect of this.#clientsOf(from).take()) this.request(disconnect);
    for (const response of this.#trackerOf(from)?.fail(errno['EHOSTUNREACH']!, text) ?? []) {
      this.#fillCredentials(response);
      this.response(response);
    }
  }

  /** RPCs that wait for an answer from the parent, and from all children (overlay.stats.get). */
  get trackedRpcs(): { parent: number; children: number } {
    let children = 0;
    for (const tracker of this.#childRpcs.values()) children += tracker.size;
    return { parent: this.#parentRpcs.size, children };
  }

  // ---- helpers

  /** To the service here, else to the brokers above. */
  #toNearest(request: Message): void {
    const { services, topology } = this.#options;
    const service = services.findFor(request);
    if (service) service.deliver(request);
    else if (topology.parent !== undefined) this.#up(request);
    else this.#refuseUnknown(request);
  }

  #toService(request: Message): void {
    const service = this.#options.services.findFor(request);
    if (service) service.deliver(request);
    else this.#refuseUnknown(request);
  }

  #toRank(request: Message): void {
    const child = this.#options.topology.childToward(request.nodeid);
    if (child === undefined) this.#up(request);
    else this.#down(request, child);
  }

  #up(request: Message): void {
    const { overlay } = this.#options;
    if (overlay?.parentUuid) this.#send(request, this.#parentRpcs, () => overlay.sendUp(request));
    else this.#refuse(request, 'EHOSTUNREACH');
  }

  #down(request: Message, child: number): void {
    const { overlay } = this.#options;
    if (overlay) this.#send(request, this.#childRpcs.get(child)!, () => overlay.sendDown(child, request));
    else this.#refuse(request, 'EHOSTUNREACH');
  }

  /** The tracker learns of the request first: the overlay changes its routes, and an answer may come at any time after. */
  #send(request: Message, tracker: RpcTracker, send: () => void): void {
    const head = tracker.sent(request);
    try {
      send();
    } catch (e) {
      if (!(e instanceof FluxError)) throw e;
      tracker.forget(head);
      this.#refuse(request, e.code, e.text);
    }
  }

  #clientsOf(peer: Peer): DistantClients {
    let clients = this.#distant.get(peer);
    if (!clients) this.#distant.set(peer, (clients = new DistantClients()));
    return clients;
  }

  #trackerOf(from: Peer): RpcTracker | undefined {
    return from === 'parent' ? this.#parentRpcs : this.#childRpcs.get(from);
  }

  #refuseUnknown(request: Message): void {
    this.#refuse(request, 'ENOSYS', `No service matching ${request.topic} is registered`.slice(0, MAX_ERROR_TEXT));
  }

  #refuse(request: Message, code: ErrnoCode, text?: string): void {
    if (request.noresponse) return;
    const response = Message.response(request, new FluxError(code).errnum, text);
    this.#fillCredentials(response);
    this.response(response);
  }

  #fillCredentials(message: Message): void {
    if (message.userid === USERID_UNKNOWN) message.userid = this.#options.userid;
    if (message.rolemask === Role.none) message.rolemask = Role.owner;
  }
}
