import { randomUUID } from 'node:crypto';
import { formatFsd } from '../../formats/fsd';
import { LogLevel } from '../../handle/log-entry';
import { Message, Role } from '../../message';
import type { ReceivedFrom } from '../../protocol';
import { readerOf } from '../../protocol/form';
import { overlayPeer } from '../../protocol/overlay';
import { startTimer } from '../../sys/delay';
import { FluxError, toFluxError } from '../../sys/errors';
import type { SubtreeStatus } from '../subtree-health';
import { type ConnectionOptions, ParentConnection } from './connection';
import { ControlType, HELLO_VERSION } from './options';
import type { ConnectionChange } from './sockevents';

/** An answer comes from another process: it is checked. */
const readAnswer = readerOf(overlayPeer.hello.spec.response) as (answer: Message) => ReceivedFrom<typeof overlayPeer.hello>;

/** Delay before the next attempt, in milliseconds: doubled each time. Short at first, for brokers start together. */
const RETRY_MS = { first: 100, longest: 2_000 } as const;
/** An attempt that has come to nothing for so long makes place for another one: a name that is not known yet, a host that is down. */
const ATTEMPT_MS = 10_000;

/** This broker and its parent; the functions give what hello says, and are told how the parent fares. */
export interface ParentOptions extends ConnectionOptions {
  rank: number;
  uuid: string;
  parentRank: number;
  userid: number;
  hostname(rank: number): string;
  /** This subtree's status, for hello. */
  status(): SubtreeStatus;
  /** Sequence number of the last event seen, for hello. */
  lastEvent(): number;
  onMessage(message: Message): void;
  /** The parent has accepted this broker for the first time; `sequence` is that of the instance's last event. */
  onJoined(sequence: number): void;
  /** The connection is lost; another one is tried. */
  onLost(): void;
  /** The parent has accepted this broker again. */
  onBack(): void;
  /** The parent is gone for good. */
  onGone(error: FluxError): void;
}

/**
 * The parent's side of the overlay (docs/protocol/wire.md §7, beyond it: a lost parent). The first word on each connection is hello. A connection
 * that breaks is followed by another one, and what was asked of the parent is answered by the router meanwhile; after `timeouts.parent` without one
 * the parent is gone.
 */
export class OverlayParent {
  readonly #options: ParentOptions;
  #connection: ParentConnection | undefined;
  /** The parent's uuid while it is online. */
  #uuid: string | undefined;
  /** Uuid of rank 0, once known: a parent that belongs to another one is no parent of ours. */
  #root: string | undefined;
  #joining: { resolve(): void; reject(e: FluxError): void } | undefined;
  #awaitsHello = false;
  /** The handshake of this connection has succeeded. */
  #shaken = false;
  /** One of a connection with the broker's uuid as its routing id has: the next needs another. */
  #uuidUsed = false;
  #ended = false;
  #lastSent = performance.now();
  #retryMs: number = RETRY_MS.first;
  #attempt: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;
  /** Ends the wait for the parent, the wait before a warning. */
  #stopDeadline: (() => void) | undefined;
  #stopWarning: (() => void) | undefined;
  readonly #closing = new Set<Promise<void>>();

  constructor(options: ParentOptions) {
    this.#options = options;
  }

  get uuid(): string | undefined {
    return this.#uuid;
  }

  get root(): string | undefined {
    return this.#root;
  }

  get uri(): string {
    return this.#options.uri;
  }

  /** Connects and says hello; rejects when the parent refuses. A parent that is not there yet is waited for. */
  join(): Promise<void> {
    const joined = new Promise<void>((resolve, reject) => {
      this.#joining = { resolve, reject };
    });
    const { timeouts, log, uri } = this.#options;
    if (timeouts.parent !== undefined) {
      this.#stopWarning = startTimer(timeouts.parent, () => log(LogLevel.crit, `${this.#name} can't be reached at ${uri}, waiting for it`));
    }
    this.#connect();
    return joined;
  }

  /** Sends a request, response or unpublished event up. */
  send(message: Message): void {
    if (this.#uuid === undefined) throw new FluxError('EHOSTUNREACH');
    if (message.isEvent) message.enableRoutes();
    this.#write(message);
  }

  status(status: SubtreeStatus): void {
    if (this.#uuid !== undefined) this.#write(Message.control(ControlType.status, status).enableRoutes());
  }

  /** Sends a heartbeat if nothing was sent for `afterMs`. */
  keepalive(now: number, afterMs: number): void {
    if (this.#uuid !== undefined && now - this.#lastSent > afterMs) this.#write(Message.control(ControlType.heartbeat, 0).enableRoutes());
  }

  async close(): Promise<void> {
    this.#joining?.reject(new FluxError('ECANCELED'));
    this.#end(false);
    await Promise.all(this.#closing);
  }

  #connect(): void {
    const routingId = this.#uuidUsed ? randomUUID() : this.#options.uuid;
    this.#shaken = false;
    this.#attempt = setTimeout(() => this.#connectIn(0), ATTEMPT_MS);
    this.#awaitsHello = true;
    try {
      this.#connection = new ParentConnection(routingId, this.#options, {
        onMessage: (message) => this.#take(message),
        onChange: (change, reason) => this.#changed(change, reason),
      });
    } catch (e) {
      this.#fail(toFluxError(e));
      return;
    }
    this.#sayHello();
  }

  #sayHello(): void {
    const { rank, uuid, userid, status, lastEvent } = this.#options;
    const hello = { rank, version: HELLO_VERSION, uuid, status: status(), ...(this.#joining ? {} : { event: lastEvent() }) };
    const request = Message.request(overlayPeer.hello.topic, hello).enableRoutes();
    request.rolemask = Role.owner;
    request.userid = userid;
    this.#write(request);
  }

  #write(message: Message): void {
    this.#lastSent = performance.now();
    this.#connection?.send(message);
  }

  #changed(change: ConnectionChange, reason: string): void {
    if (change === 'up') {
      clearTimeout(this.#attempt);
      this.#shaken = this.#uuidUsed = true;
    } else if (change === 'refused') this.#fail(new FluxError('EPERM', `${this.#name} refused this broker's key: ${reason}`));
    else if (change === 'handshake failed')
      this.#again(`handshake with ${this.#name} failed: is its certificate another one?`, this.#backoff());
    else if (this.#shaken) this.#again(`${this.#name} is lost`, this.#uuid === undefined ? this.#backoff() : 0);
    else this.#connectIn(this.#backoff());
  }

  #backoff(): number {
    const delay = this.#retryMs;
    this.#retryMs = Math.min(2 * delay, RETRY_MS.longest);
    return delay;
  }

  /** The connection has failed: another one, until the deadline. */
  #again(why: string, delay: number): void {
    const wasOnline = this.#uuid !== undefined;
    const { timeouts, log, onLost } = this.#options;
    this.#uuid = undefined;
    this.#stopWarning?.();
    if (this.#stopDeadline === undefined) {
      log(LogLevel.err, why);
      if (timeouts.parent !== undefined) this.#stopDeadline = startTimer(timeouts.parent, () => this.#giveUp(why));
    }
    this.#connectIn(delay);
    if (wasOnline) onLost();
  }

  /** Gives this connection up, and makes another one after a delay. */
  #connectIn(delay: number): void {
    clearTimeout(this.#attempt);
    this.#drop();
    this.#retry = setTimeout(() => this.#connect(), delay);
  }

  #giveUp(why: string): void {
    const after = formatFsd(this.#options.timeouts.parent! / 1000);
    this.#fail(new FluxError('EHOSTUNREACH', `${why}: giving up after ${after}`));
  }

  #take(message: Message): void {
    if (this.#awaitsHello) this.#takeHello(message);
    else if (!message.isControl) {
      if (message.isEvent) message.clearRoutes();
      this.#options.onMessage(message);
    } else if (message.aux1 === ControlType.disconnect) {
      this.#options.log(LogLevel.crit, `${this.#name} sent disconnect control message`);
      this.#gone(new FluxError('EHOSTUNREACH', 'overlay disconnect'));
    }
  }

  #takeHello(message: Message): void {
    const { log, parentRank, onBack } = this.#options;
    if (!message.isResponse || message.topic !== overlayPeer.hello.topic) {
      log(LogLevel.err, `DROP upstream ${message.topic ?? '-'}: message received before hello handshake completed`);
      return;
    }
    if (message.errnum !== 0) {
      this.#fail(message.error());
      return;
    }
    const { uuid, root, event } = readAnswer(message);
    if (this.#root !== undefined && root !== this.#root) {
      this.#fail(new FluxError('EHOSTUNREACH', `${this.#name} belongs to another instance now`));
      return;
    }
    this.#awaitsHello = false;
    this.#uuid = uuid;
    this.#root = root;
    this.#retryMs = RETRY_MS.first;
    this.#clearTimers();
    log(LogLevel.debug, `hello parent ${parentRank} ${uuid}`);
    if (this.#joining) this.#joined(event);
    else onBack();
  }

  #joined(lastEvent: number): void {
    this.#options.onJoined(lastEvent);
    this.#joining?.resolve();
    this.#joining = undefined;
  }

  /** There will be no parent: join() says so, or who has joined before hears it. */
  #fail(error: FluxError): void {
    const joining = this.#joining;
    if (!joining) {
      this.#options.log(LogLevel.crit, error.message);
      this.#gone(error);
      return;
    }
    this.#joining = undefined;
    this.#end(true);
    joining.reject(new FluxError(error.code, `${overlayPeer.hello.topic}: ${error.message}`));
  }

  #gone(error: FluxError): void {
    this.#end(true);
    this.#options.onGone(error);
  }

  #end(drop: boolean): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#uuid = undefined;
    this.#clearTimers();
    this.#drop(drop);
  }

  #drop(drop = true): void {
    const connection = this.#connection;
    this.#connection = undefined;
    if (!connection) return;
    const closed = connection.close({ drop }).finally(() => this.#closing.delete(closed));
    this.#closing.add(closed);
  }

  #clearTimers(): void {
    for (const timer of [this.#attempt, this.#retry]) clearTimeout(timer);
    this.#stopDeadline?.();
    this.#stopWarning?.();
    this.#attempt = this.#retry = this.#stopDeadline = this.#stopWarning = undefined;
  }

  get #name(): string {
    const { hostname, parentRank } = this.#options;
    return `${hostname(parentRank)} (rank ${parentRank})`;
  }
}
