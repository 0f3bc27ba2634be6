import { randomUUID } from 'node:crypto';
import type { Context, Router } from 'zeromq';
import { formatFsd } from '../../formats/fsd';
import { LogLevel } from '../../handle/log-entry';
import { decodeFrames, encodeFrames, Flag, Message, Role } from '../../message';
import { brokerLog } from '../../protocol/log';
import { overlayPeer } from '../../protocol/overlay';
import { disconnectTopic } from '../../router/disconnects';
import { errorText, FluxError, isErrno } from '../../sys/errors';
import type { OverlayTimeouts } from '../overlay';
import { isOnline, type SubtreeHealth, SubtreeStatus, statusName } from '../subtree-health';
import { ControlType, type CurveKeys, HELLO_VERSION, socketOptions, uriError, versionText } from './options';
import { watchSocket } from './sockevents';
import { ZAP_DOMAIN } from './zap';

type Zmq = typeof import('zeromq');

/** Delays after a lost connection, in milliseconds, at which something is sent to every online child: ZeroMQ does not say whose connection it was. */
const PROBE_DELAYS = [5, 50];
const IDLE_MS = 30_000;

interface Child {
  rank: number;
  /** The broker's uuid: its id on route stacks. */
  uuid: string | undefined;
  /** Routing id of its connection: its uuid, and another one for each connection that follows a broken one. */
  link: string;
  lastSeen: number;
  idleReported: boolean;
}

/** This broker and the ranks of its children; the functions give what hello responses say, and are told how children fare. */
export interface ChildrenOptions {
  rank: number;
  uuid: string;
  ranks: readonly number[];
  keys: CurveKeys;
  ipv6: boolean;
  health: SubtreeHealth;
  /** Owner of the instance, in hello responses. */
  userid: number;
  timeouts: OverlayTimeouts;
  /** Host name of a rank, for log lines. */
  hostname(rank: number): string;
  /** Uuid of rank 0, for hello responses. */
  root(): string;
  /** Sequence number of the last event, for hello responses. */
  lastEvent(): number;
  /** A child has said hello and is online; `lastEvent` is the sequence number of the last event it has seen, undefined if it has just started. */
  onHello(rank: number, lastEvent: number | undefined): void;
  onMessage(message: Message, rank: number): void;
  onGone(rank: number, status: SubtreeStatus): void;
  log(level: LogLevel, text: string): void;
}

/** The children's side of the overlay: a ROUTER socket that knows each child by its uuid once it has said hello. */
export class OverlayChildren {
  readonly #options: ChildrenOptions;
  readonly #socket: Router;
  readonly #children = new Map<number, Child>();
  readonly #byUuid = new Map<string, Child>();
  readonly #byLink = new Map<string, Child>();
  readonly #probes = new Set<NodeJS.Timeout>();
  #receiving: Promise<void> = Promise.resolve();
  #watching: Promise<void> = Promise.resolve();
  #closing = false;

  constructor(zmq: Zmq, context: Context, options: ChildrenOptions) {
    this.#options = options;
    for (const rank of options.ranks) this.#children.set(rank, { rank, uuid: undefined, link: '', lastSeen: 0, idleReported: false });
    this.#socket = new zmq.Router({
      context,
      ...socketOptions(options.timeouts),
      mandatory: true,
      ipv6: options.ipv6,
      curveServer: true,
      curvePublicKey: options.keys.publicKey,
      curveSecretKey: options.keys.secretKey,
      zapDomain: ZAP_DOMAIN,
    });
  }

  /** Binds to a URI, which may have `*` for a port; gives the one in force. The error has the URI and the system's text. */
  async bind(uri: string): Promise<string> {
    try {
      await this.#socket.bind(uri);
    } catch (e) {
      throw uriError('bind to', uri, e);
    }
    // only now: with somebody who listens to its events, a socket forgets the errno of a failed bind
    this.#watching = this.#watchConnections();
    const bound = this.#socket.lastEndpoint ?? uri;
    this.#options.log(LogLevel.debug, `child sockevent ${bound} listening`);
    return bound;
  }

  /** From here on messages are taken; what came before has waited in the socket. */
  listen(): void {
    this.#receiving = this.#receive();
  }

  rankOf(uuid: string): number | undefined {
    const child = this.#byUuid.get(uuid);
    return child && this.#isOnline(child.rank) ? child.rank : undefined;
  }

  /** Sends a request or response to an online child. */
  send(rank: number, message: Message): void {
    const child = this.#online(rank);
    if (message.isRequest) {
      message.pushRoute(this.#options.uuid);
      message.pushRoute(child.link);
    }
    const frames = encodeFrames(message);
    if (child.link !== child.uuid) frames[0] = Buffer.from(child.link, 'latin1'); // a response has the uuid there
    this.#write(child, frames);
  }

  /** Sends a published event to every online child, or to one. */
  publish(event: Message, only?: number): void {
    const frames = encodeFrames(event.copy().enableRoutes());
    for (const child of this.#children.values()) {
      if (child.uuid === undefined || !this.#isOnline(child.rank) || (only !== undefined && child.rank !== only)) continue;
      this.#write(child, [Buffer.from(child.link, 'latin1'), ...frames]);
    }
  }

  /** Tells a child that it is out, and marks it lost. */
  disconnect(rank: number): void {
    this.#control(this.#online(rank).link, ControlType.disconnect, 0);
    this.#gone(rank, SubtreeStatus.lost);
  }

  /** Logs children that fell silent, and those that are back. */
  checkIdle(now: number): void {
    for (const child of this.#children.values()) {
      if (!this.#isOnline(child.rank)) continue;
      const idle = now - child.lastSeen;
      if (idle < IDLE_MS || child.idleReported) continue;
      child.idleReported = true;
      this.#options.log(LogLevel.err, `broker on ${this.#name(child.rank)} has been unresponsive for ${formatFsd(idle / 1000)}`);
    }
  }

  /** Tells the children that are still there that they have no parent any more, and closes the socket. */
  async close(): Promise<void> {
    for (const { rank, link } of this.#children.values()) if (this.#isOnline(rank)) this.#control(link, ControlType.disconnect, 0);
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
        this.#options.log(LogLevel.err, `DROP downstream message from ${frames[0]?.toString('latin1')}: ${errorText(e)}`);
      }
    }
  }

  #take(message: Message, link: string): void {
    const child = this.#byLink.get(link);
    if (!child) {
      this.#fromStranger(message, link);
      return;
    }
    if (!this.#isOnline(child.rank)) {
      // A child that left normally says nothing more. One that was taken for lost must learn that it is: it would wait for answers for ever.
      if (this.#options.health.child(child.rank)?.status === SubtreeStatus.lost) this.#control(link, ControlType.disconnect, 0);
      else this.#options.log(LogLevel.err, drop(message, link, `message from offline rank ${child.rank}`));
      return;
    }
    child.lastSeen = performance.now();
    if (child.idleReported) {
      child.idleReported = false;
      this.#options.log(LogLevel.err, `broker on ${this.#name(child.rank)} is responsive now`);
    }
    if (message.isControl) this.#fromControl(message, child);
    else {
      message.popRoute(); // the connection, pushed by ROUTER
      if (message.isResponse)
        message.popRoute(); // our own uuid, where the response was sent to
      else message.pushRoute(child.uuid!);
      this.#options.onMessage(message, child.rank);
    }
  }

  #fromControl(message: Message, child: Child): void {
    if (message.aux1 !== ControlType.status) return;
    const status = message.aux2 as SubtreeStatus;
    if (status === SubtreeStatus.offline) this.#gone(child.rank, status);
    else this.#options.health.setChild(child.rank, status);
  }

  #fromStranger(message: Message, link: string): void {
    if (message.isRequest && message.topic === overlayPeer.hello.topic) {
      this.#hello(message, link);
      return;
    }
    this.#options.log(LogLevel.err, drop(message, link, "didn't say hello, sending disconnect"));
    this.#control(link, ControlType.disconnect, 0);
  }

  #hello(request: Message, link: string): void {
    try {
      const { uuid: own, root, lastEvent, onHello, health, log } = this.#options;
      const { rank, uuid, status, event } = this.#checkHello(request);
      const child = this.#children.get(rank)!;
      const reconnected = this.#isOnline(rank);
      if (reconnected) {
        const how = uuid === child.uuid ? 'reconnected' : `reconnected after crash, dropping old uuid ${child.uuid}`;
        log(LogLevel.err, `${this.#name(rank)} ${how}`);
        this.#gone(rank, SubtreeStatus.lost);
      }
      this.#know(child, uuid, link);
      this.#answer(Message.response(request, 0, { uuid: own, root: root(), event: lastEvent() }));
      health.setChild(rank, status as SubtreeStatus);
      log(reconnected ? 3 : 6, `accepting connection from ${this.#name(rank)} uuid ${uuid} status ${statusName(status as SubtreeStatus)}`);
      onHello(rank, event);
    } catch (e) {
      const error = e instanceof FluxError ? e : new FluxError('EPROTO');
      this.#answer(Message.response(request, error.errnum, error.text));
    }
  }

  #know(child: Child, uuid: string, link: string): void {
    if (child.uuid !== undefined) {
      this.#byUuid.delete(child.uuid);
      this.#byLink.delete(child.link);
    }
    child.uuid = uuid;
    child.link = link;
    child.lastSeen = performance.now();
    child.idleReported = false;
    this.#byUuid.set(uuid, child);
    this.#byLink.set(link, child);
  }

  #checkHello(request: Message) {
    const hello = overlayPeer.hello.read(request);
    if (!request.isOwner) throw new FluxError('EPERM');
    const { rank, version, uuid, status } = hello;
    if (!isOnline(status as SubtreeStatus)) throw new FluxError('EPROTO');
    if (!this.#children.has(rank)) {
      this.#options.log(
        LogLevel.err,
        `rejecting connection from ${this.#name(rank)} uuid ${uuid}: not a peer of this broker - mismatched config?`,
      );
      throw new FluxError('EINVAL', `rank ${rank} is not a peer of parent ${this.#options.rank}: mismatched config?`);
    }
    if (version !== HELLO_VERSION) {
      this.#options.log(
        LogLevel.err,
        `rejecting connection from ${this.#name(rank)} uuid ${uuid}: flux-core version mismatch - needs software update?`,
      );
      throw new FluxError('EINVAL', `flux-core ${versionText(version)} mismatched with parent ${versionText(HELLO_VERSION)}`);
    }
    return hello;
  }

  #answer(response: Message): void {
    response.rolemask = Role.owner;
    response.userid = this.#options.userid;
    this.#writeTo(encodeFrames(response));
  }

  #control(link: string, type: number, status: number): void {
    const message = Message.control(type, status);
    message.pushRoute(link);
    this.#writeTo(encodeFrames(message));
  }

  #write(child: Child, frames: Buffer[]): void {
    if (this.#closing) return;
    const { rank, link } = child;
    this.#socket.send(frames).catch((e) => {
      if (this.#closing || child.link !== link) return;
      if (isLoss(e)) this.#gone(rank, SubtreeStatus.lost);
      else this.#options.log(LogLevel.err, `overlay send to ${this.#name(rank)}: ${errorText(e)}`);
    });
  }

  /** To whoever has that connection: it may be gone already. */
  #writeTo(frames: Buffer[]): void {
    if (this.#closing) return;
    this.#socket.send(frames).catch((e) => {
      if (!this.#closing && !isLoss(e)) this.#options.log(LogLevel.err, `overlay send: ${errorText(e)}`);
    });
  }

  #gone(rank: number, status: SubtreeStatus): void {
    if (!this.#isOnline(rank)) return;
    this.#options.health.setChild(rank, status);
    this.#options.onGone(rank, status);
  }

  #watchConnections(): Promise<void> {
    const onChange = (change: string) => {
      if (change === 'down' && !this.#closing) this.#probeSoon();
    };
    return watchSocket(this.#socket.events, { side: 'child', verbose: true, log: this.#options.log, onChange });
  }

  #probeSoon(): void {
    for (const delay of PROBE_DELAYS) {
      const timer = setTimeout(() => {
        this.#probes.delete(timer);
        for (const child of this.#children.values()) {
          if (!this.#isOnline(child.rank)) continue;
          this.send(child.rank, this.#probe(child));
        }
      }, delay);
      this.#probes.add(timer);
    }
  }

  /**
   * Something to send that changes nothing: the disconnect of a client that never was. Keepalives would do, but the only one that goes down the
   * tree is the one that sends a child away.
   */
  #probe(child: Child): Message {
    const probe = Message.request(disconnectTopic(brokerLog.append.topic), undefined, { nodeid: child.rank });
    probe.setFlag(Flag.noresponse);
    probe.userid = this.#options.userid;
    probe.rolemask = Role.owner;
    probe.pushRoute(randomUUID());
    return probe;
  }

  #isOnline(rank: number): boolean {
    const known = this.#options.health.child(rank);
    return known !== undefined && isOnline(known.status);
  }

  #online(rank: number): Child {
    const child = this.#children.get(rank);
    if (child?.uuid === undefined || !this.#isOnline(rank)) throw new FluxError('EHOSTUNREACH');
    return child;
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
