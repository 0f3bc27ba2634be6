import { randomUUID } from 'node:crypto';
import type { Context } from 'zeromq';
import type { Message } from '../../message';
import { FluxError } from '../../sys/errors';
import { defaultTimeouts, type Overlay, type OverlayHandlers, type OverlayTimeouts, silentHandlers } from '../overlay';
import { SubtreeHealth, SubtreeStatus } from '../subtree-health';
import type { Topology } from '../topology';
import { OverlayChildren } from './children';
import type { CurveKeys } from './options';
import { OverlayParent } from './parent';
import { ZapServer } from './zap';

export type { CurveKeys } from './options';

const SYNC_MIN_MS = 1000;
const KEEPALIVE_MS = 5000;

/** A broker's place in the tree, and the settings of its sockets. */
export interface ZmqOverlayOptions {
  topology: Topology;
  /** Owner of the instance. */
  userid: number;
  /** This broker's CURVE keys; default a new pair. */
  keys?: CurveKeys;
  /** Use IPv6, too; default true. Binding to an interface by name takes IPv4 only. */
  ipv6?: boolean;
  timeouts?: OverlayTimeouts;
  /** Write every event of the socket to the parent to the log (`tbon.zmqdebug`). */
  debug?: boolean;
  /** Host name of a rank, for log lines. */
  hostname(rank: number): string;
}

/**
 * The overlay network over ZeroMQ (docs/protocol/wire.md §7): a ROUTER for the children, a DEALER to the parent, in a context of this broker's own,
 * CURVE on all transports. Life: create(), bind() and authorize() the children, connectTo() the parent, then start().
 */
export class ZmqOverlay implements Overlay {
  readonly uuid = randomUUID();
  readonly health: SubtreeHealth;
  readonly keys: CurveKeys;
  handlers: OverlayHandlers = silentHandlers;
  readonly #zmq: typeof import('zeromq');
  readonly #context: Context;
  readonly #options: ZmqOverlayOptions;
  readonly #zap: ZapServer;
  #children: OverlayChildren | undefined;
  #parent: OverlayParent | undefined;
  #endpoint: string | null = null;
  #lastSync = 0;
  #timer: NodeJS.Timeout | undefined;

  private constructor(zmq: typeof import('zeromq'), options: ZmqOverlayOptions) {
    this.#zmq = zmq;
    this.#options = options;
    this.#context = new zmq.Context({ blocky: false });
    this.keys = options.keys ?? zmq.curveKeyPair();
    this.health = new SubtreeHealth(options.topology.children);
    this.#zap = new ZapServer(zmq, this.#context, (level, text) => this.handlers.log(level, text));
  }

  /** Loads zeromq, which an instance of one broker never does. */
  static async create(options: ZmqOverlayOptions): Promise<ZmqOverlay> {
    return new ZmqOverlay(await import('zeromq'), options);
  }

  get parentUuid(): string | undefined {
    return this.#parent?.uuid;
  }
  get endpoint(): string | null {
    return this.#endpoint;
  }
  get parentEndpoint(): string | null {
    return this.#parent?.uri ?? null;
  }
  childByUuid(uuid: string): number | undefined {
    return this.#children?.rankOf(uuid);
  }

  /** Binds for the children; `uri` may have `*` for a port. Gives the URI in force. */
  async bind(uri: string): Promise<string> {
    const { topology, userid, hostname, ipv6 = true, timeouts = defaultTimeouts } = this.#options;
    await this.#zap.start();
    this.#children = new OverlayChildren(this.#zmq, this.#context, {
      rank: topology.rank,
      uuid: this.uuid,
      ranks: topology.children,
      keys: this.keys,
      ipv6,
      health: this.health,
      userid,
      timeouts,
      hostname,
      root: () => this.#parent?.root ?? this.uuid,
      lastEvent: () => this.handlers.lastEvent(),
      onHello: (rank, lastEvent) => this.handlers.childJoined(rank, lastEvent),
      onMessage: (message, rank) => this.handlers.message(message, rank),
      onGone: (rank, status) => this.handlers.childGone(rank, status),
      log: (level, text) => this.handlers.log(level, text),
    });
    this.#endpoint = await this.#children.bind(uri);
    return this.#endpoint;
  }

  /** Lets a child in whose public key this is. */
  authorize(name: string, publicKey: string): void {
    this.#zap.authorize(name, publicKey);
  }

  /** Names the parent; start() connects to it. */
  connectTo(uri: string, serverKey: string): void {
    const { topology, userid, hostname, ipv6 = true, timeouts = defaultTimeouts, debug = false } = this.#options;
    this.#parent = new OverlayParent({
      zmq: this.#zmq,
      context: this.#context,
      rank: topology.rank,
      uuid: this.uuid,
      parentRank: topology.parent!,
      uri,
      serverKey,
      keys: this.keys,
      ipv6,
      timeouts,
      debug,
      userid,
      hostname,
      status: () => this.health.own.status,
      lastEvent: () => this.handlers.lastEvent(),
      onMessage: (message) => this.handlers.message(message, 'parent'),
      onJoined: (sequence) => this.handlers.joined(sequence),
      onLost: () => this.handlers.parentLost(),
      onBack: () => {
        this.#parent!.status(this.health.own.status); // it may have changed while hello was on its way
        this.handlers.parentBack();
      },
      onGone: (error) => this.handlers.parentGone(error),
      log: (level, text) => this.handlers.log(level, text),
    });
  }

  async start(): Promise<void> {
    await this.#parent?.join();
    // children's hellos wait in the socket until now: they are told who rank 0 is
    this.#children?.listen();
    this.health.onChange((child) => {
      if (child === undefined) this.#parent?.status(this.health.own.status);
    });
    this.#rearm();
  }

  sendUp(message: Message): void {
    if (!this.#parent) throw new FluxError('EHOSTUNREACH');
    this.#parent.send(message);
  }

  sendDown(rank: number, message: Message): void {
    if (!this.#children) throw new FluxError('EHOSTUNREACH');
    this.#children.send(rank, message);
  }

  publishDown(event: Message): void {
    this.#children?.publish(event);
  }

  publishTo(rank: number, event: Message): void {
    this.#children?.publish(event, rank);
  }

  disconnectChild(rank: number): void {
    if (!this.#children) throw new FluxError('EHOSTUNREACH');
    this.#children.disconnect(rank);
  }

  /** The instance's pulse paces the keepalives; without one a timer does. */
  heartbeat(): void {
    const now = performance.now();
    if (now - this.#lastSync < SYNC_MIN_MS) return;
    this.#sync(now);
    this.#rearm();
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#parent?.status(SubtreeStatus.offline);
    await this.#parent?.close();
    await this.#children?.close();
    await this.#zap.close();
  }

  #rearm(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#sync(performance.now());
      this.#rearm();
    }, KEEPALIVE_MS);
    this.#timer.unref();
  }

  #sync(now: number): void {
    this.#lastSync = now;
    this.#parent?.keepalive(now, KEEPALIVE_MS);
    this.#children?.checkIdle(now);
  }
}
