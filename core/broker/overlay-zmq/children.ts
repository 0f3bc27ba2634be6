import type { Context, Router } from 'zeromq';
import { unpack } from '../../handle/unpack';
import { decodeFrames, encodeFrames, Flag, Message, Role } from '../../message';
import { FluxError, isErrno } from '../../sys/errors';
import { isOnline, type SubtreeHealth, SubtreeStatus, statusName } from '../subtree-health';
import { ControlType, type CurveKeys, HELLO_VERSION, socketOptions, versionText } from './options';
import { ZAP_DOMAIN } from './zap';

type Zmq = typeof import('zeromq');

/** Delays after a lost connection, in milliseconds, at which every online child is probed: ZeroMQ does not say whose connection it was. */
const PROBE_DELAYS = [5, 50];
const IDLE_MS = 30_000;

interface Child {
  rank: number;
  uuid: string | undefined;
  lastSeen: number;
  idleReported: boolean;
}

export interface ChildrenOptions {
  rank: number;
  uuid: string;
  ranks: readonly number[];
  keys: CurveKeys;
  ipv6: boolean;
  health: SubtreeHealth;
  /** Owner of the instance, in hello responses. */
  userid: number;
  /** Host name of a rank, for log lines. */
  hostname(rank: number): string;
  onMessage(message: Message, rank: number): void;
  onGone(rank: number, status: SubtreeStatus): void;
  log(level: number, text: string): void;
}

/** The children's side of the overlay: a ROUTER socket that knows each child by its uuid once it has said hello. */
export class OverlayChildren {
  readonly #options: ChildrenOptions;
  readonly #socket: Router;
  readonly #children = new Map<number, Child>();
  readonly #byUuid = new Map<string, Child>();
  readonly #probes = new Set<NodeJS.Timeout>();
  #receiving: Promise<void> = Promise.resolve();
  #watching: Promise<void> = Promise.resolve();
  #closing = false;

  constructor(zmq: Zmq, context: Context, options: ChildrenOptions) {
    this.#options = options;
    for (const rank of options.ranks) this.#children.set(rank, { rank, uuid: undefined, lastSeen: 0, idleReported: false });
    this.#socket = new zmq.Router({
      context,
      ...socketOptions,
      mandatory: true,
      ipv6: options.ipv6,
      curveServer: true,
      curvePublicKey: options.keys.publicKey,
      curveSecretKey: options.keys.secretKey,
      zapDomain: ZAP_DOMAIN,
    });
  }

  /** Binds to a URI, which may have `*` for a port; gives the one in force. */
  async bind(uri: string): Promise<string> {
    await this.#socket.bind(uri);
    return this.#socket.lastEndpoint ?? uri;
  }

  /** From here on messages are taken; what came before has waited in the socket. */
  listen(): void {
    this.#receiving = this.#receive();
    this.#watching = this.#watchConnections();
  }

  rankOf(uuid: string): number | undefined {
    const child = this.#byUuid.get(uuid);
    return child && this.#isOnline(child.rank) ? child.rank : undefined;
  }

  /** Sends a request or response to an online child. */
  send(rank: number, message: Message): void {
    const uuid = this.#onlineUuid(rank);
    if (message.isRequest) {
      message.pushRoute(this.#options.uuid);
      message.pushRoute(uuid);
    }
    this.#write(rank, encodeFrames(message));
  }

  publish(event: Message): void {
    const frames = encodeFrames(event.copy().enableRoutes());
    for (const { rank, uuid } of this.#children.values())
      if (uuid !== undefined && this.#isOnline(rank)) this.#write(rank, [Buffer.from(uuid), ...frames]);
  }

  /** Tells a child that it is out, and marks it lost. */
  disconnect(rank: number): void {
    this.#control(this.#onlineUuid(rank), ControlType.disconnect, 0);
    this.#gone(rank, SubtreeStatus.lost);
  }

  /** Logs children that fell silent, and those that are back. */
  checkIdle(now: number): void {
    for (const child of this.#children.values()) {
      if (!this.#isOnline(child.rank)) continue;
      const idle = now - child.lastSeen;
      if (idle < IDLE_MS || child.idleReported) continue;
      child.idleReported = true;
      this.#options.log(3, `broker on ${this.#name(child.rank)} has been unresponsive for ${Number((idle / 1000).toPrecision(6))}s`);
    }
  }

  /** Children that are still there, because this broker ends out of turn, are told so. */
  async close(): Promise<void> {
    for (const { rank, uuid } of this.#children.values())
      if (uuid !== undefined && this.#isOnline(rank)) this.#control(uuid, ControlType.disconnect, 0);
    this.#closing = true;
    for (const probe of this.#probes) clearTimeout(probe);
    this.#socket.close();
    await Promise.allSettled([this.#receiving, this.#watching]);
  }

  async #receive(): Promise<void> {
    for await (const frames of this.#socket) {
      try {
        this.#take(decodeFrames(frames), frames[0]!.toString('latin1'));
      } catch (e) {
        this.#options.log(
          3,
          `DROP downstream message from ${frames[0]?.toString('latin1')}: ${e instanceof Error ? e.message : String(e)}`,
        );
      }
    }
  }

  #take(message: Message, uuid: string): void {
    const child = this.#byUuid.get(uuid);
    if (!child) {
      this.#fromStranger(message, uuid);
      return;
    }
    if (!this.#isOnline(child.rank)) {
      // lost: silently; a child that left normally says nothing more
      if (this.#options.health.child(child.rank)?.status === SubtreeStatus.offline)
        this.#options.log(3, drop(message, uuid, `message from offline rank ${child.rank}`));
      return;
    }
    child.lastSeen = performance.now();
    if (child.idleReported) {
      child.idleReported = false;
      this.#options.log(3, `broker on ${this.#name(child.rank)} is responsive now`);
    }
    if (message.isControl) this.#fromControl(message, child);
    else {
      if (message.isResponse) {
        message.popRoute(); // the child's uuid, pushed by ROUTER
        message.popRoute(); // our own, where the response was sent to
      }
      this.#options.onMessage(message, child.rank);
    }
  }

  #fromControl(message: Message, child: Child): void {
    if (message.aux1 !== ControlType.status) return;
    const status = message.aux2 as SubtreeStatus;
    if (status === SubtreeStatus.offline) this.#gone(child.rank, status);
    else this.#options.health.setChild(child.rank, status);
  }

  #fromStranger(message: Message, uuid: string): void {
    if (message.isRequest && message.topic === 'overlay.hello') {
      this.#hello(message, uuid);
      return;
    }
    this.#options.log(3, drop(message, uuid, "didn't say hello, sending disconnect"));
    this.#control(uuid, ControlType.disconnect, 0);
  }

  #hello(request: Message, uuid: string): void {
    try {
      const { rank, status } = this.#checkHello(request, uuid);
      const child = this.#children.get(rank)!;
      const reconnected = this.#isOnline(rank);
      if (reconnected) {
        this.#options.log(3, `${this.#name(rank)} reconnected after crash, dropping old uuid ${child.uuid}`);
        this.#gone(rank, SubtreeStatus.lost);
      }
      if (child.uuid !== undefined) this.#byUuid.delete(child.uuid);
      child.uuid = uuid;
      child.lastSeen = performance.now();
      child.idleReported = false;
      this.#byUuid.set(uuid, child);
      this.#answer(Message.response(request, 0, { uuid: this.#options.uuid }));
      this.#options.health.setChild(rank, status);
      this.#options.log(reconnected ? 3 : 6, `accepting connection from ${this.#name(rank)} uuid ${uuid} status ${statusName(status)}`);
    } catch (e) {
      const error = e instanceof FluxError ? e : new FluxError('EPROTO');
      this.#answer(Message.response(request, error.errnum, error.text));
    }
  }

  #checkHello(request: Message, uuid: string): { rank: number; status: SubtreeStatus } {
    const { rank, version, status } = unpack(request, { rank: 'i', version: 'i', uuid: 's', status: 'i' });
    if (!request.isOwner) throw new FluxError('EPERM');
    if (!this.#children.has(rank)) {
      this.#options.log(3, `rejecting connection from ${this.#name(rank)} uuid ${uuid}: not a peer of this broker - mismatched config?`);
      throw new FluxError('EINVAL', `rank ${rank} is not a peer of parent ${this.#options.rank}: mismatched config?`);
    }
    if (version !== HELLO_VERSION) {
      this.#options.log(
        3,
        `rejecting connection from ${this.#name(rank)} uuid ${uuid}: flux-core version mismatch - needs software update?`,
      );
      throw new FluxError('EINVAL', `flux-core ${versionText(version)} mismatched with parent ${versionText(HELLO_VERSION)}`);
    }
    return { rank, status: status as SubtreeStatus };
  }

  #answer(response: Message): void {
    response.rolemask = Role.owner;
    response.userid = this.#options.userid;
    this.#writeTo(encodeFrames(response));
  }

  #control(uuid: string, type: number, status: number): void {
    const message = Message.control(type, status);
    message.pushRoute(uuid);
    this.#writeTo(encodeFrames(message));
  }

  #write(rank: number, frames: Buffer[]): void {
    if (this.#closing) return;
    const uuid = this.#children.get(rank)?.uuid;
    this.#socket.send(frames).catch((e) => {
      if (!this.#closing && this.#children.get(rank)?.uuid === uuid && isLoss(e)) this.#gone(rank, SubtreeStatus.lost);
    });
  }

  /** To whoever has that uuid: it may be gone already. */
  #writeTo(frames: Buffer[]): void {
    if (this.#closing) return;
    this.#socket.send(frames).catch((e) => {
      if (!this.#closing && !isLoss(e)) this.#options.log(3, `overlay send: ${e instanceof Error ? e.message : String(e)}`);
    });
  }

  #gone(rank: number, status: SubtreeStatus): void {
    if (!this.#isOnline(rank)) return;
    this.#options.health.setChild(rank, status);
    this.#options.onGone(rank, status);
  }

  async #watchConnections(): Promise<void> {
    for await (const event of this.#socket.events) {
      if (event.type === 'disconnect' && !this.#closing) this.#probeSoon();
    }
  }

  #probeSoon(): void {
    for (const delay of PROBE_DELAYS) {
      const timer = setTimeout(() => {
        this.#probes.delete(timer);
        for (const { rank, uuid } of this.#children.values()) {
          if (uuid === undefined || !this.#isOnline(rank)) continue;
          const probe = Message.control(ControlType.heartbeat, 0);
          probe.pushRoute(uuid);
          this.#write(rank, encodeFrames(probe));
        }
      }, delay);
      this.#probes.add(timer);
    }
  }

  #isOnline(rank: number): boolean {
    const known = this.#options.health.child(rank);
    return known !== undefined && isOnline(known.status);
  }

  #onlineUuid(rank: number): string {
    const uuid = this.#children.get(rank)?.uuid;
    if (uuid === undefined || !this.#isOnline(rank)) throw new FluxError('EHOSTUNREACH');
    return uuid;
  }

  #name(rank: number): string {
    return `${this.#options.hostname(rank)} (rank ${rank})`;
  }
}

const isLoss = (e: unknown) => isErrno(e, 'EHOSTUNREACH') || isErrno(e, 'EAGAIN');

const typeNames: Readonly<Record<number, string>> = { 1: 'request', 2: 'response', 4: 'event', 8: 'keepalive' };

function drop(message: Message, uuid: string, reason: string): string {
  const topic = message.has(Flag.topic) ? message.topic : '-';
  return `DROP downstream ${typeNames[message.type]} topic ${topic} from ${uuid}: ${reason}`;
}
