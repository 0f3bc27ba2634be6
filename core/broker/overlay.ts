import type { LogLevel } from '../handle/log-entry';
import type { Message } from '../message';
import type { FluxError } from '../sys/errors';
import type { SubtreeHealth, SubtreeStatus } from './subtree-health';

/** The sender of a message: the parent, or the child of this rank. */
export type Peer = 'parent' | number;

/**
 * The tree of brokers as one broker sees it: its parent and its direct children. Implementations: ZeroMQ sockets, or other brokers of the same process.
 *
 * Messages cross this interface as the router sees them; the pushes and pops of docs/protocol/wire.md §7 are the overlay's business. A request
 * arrives with the sending broker's uuid on top of its route stack; a response is sent with the receiving broker's uuid on top and
 * arrives without it; events arrive without a route stack when they come from the parent. Hello, keepalives and statuses stay inside.
 */
export interface Overlay {
  /** This broker's uuid, new at each start: its id on route stacks. */
  readonly uuid: string;
  /** The parent's uuid once it has accepted this broker's hello; undefined before, after its loss, and on rank 0. */
  readonly parentUuid: string | undefined;
  /** The online child with this uuid; undefined if there is none. */
  childByUuid(uuid: string): number | undefined;
  /** Statuses of the children and of this subtree. */
  readonly health: SubtreeHealth;
  /** URI this broker is bound to (`tbon.endpoint`); null without children. */
  readonly endpoint: string | null;
  /** URI of the parent (`tbon.parent-endpoint`); null on rank 0. */
  readonly parentEndpoint: string | null;

  /** Sends a request, response or unpublished event to the parent, and takes it over. Throws EHOSTUNREACH if it is not online or there is none. */
  sendUp(message: Message): void;
  /** Sends a request or response to a direct child, and takes it over. Throws EHOSTUNREACH if it is not online. */
  sendDown(rank: number, message: Message): void;
  /** Sends a published event to every online child; the event is shared and not changed. */
  publishDown(event: Message): void;
  /** Sends a published event to one child, if it is online. */
  publishTo(rank: number, event: Message): void;
  /** Sends the child a disconnect and marks it lost (overlay.disconnect-subtree). */
  disconnectChild(rank: number): void;

  /** Set by the broker before start(). Called from a fresh stack, in order per peer. */
  handlers: OverlayHandlers;

  /** Says hello to the parent, if there is one: resolves when it has accepted, rejects with its answer's error and text when it refused. */
  start(): Promise<void>;
  /** A `heartbeat.pulse` event has come (timing of keepalives, docs/protocol/wire.md §7). */
  heartbeat(): void;
  /** Leaves: tells the parent (status offline), flushes, closes the sockets. */
  close(): Promise<void>;
}

/** The broker, as the overlay calls it: with messages from peers, and when peers come and go. */
export interface OverlayHandlers {
  /** A request, response or event from a peer. */
  message(message: Message, from: Peer): void;
  /** A child is online, after a hello; `lastEvent` is the sequence number of the last event it has seen, undefined for a broker that has just started. */
  childJoined(rank: number, lastEvent: number | undefined): void;
  /** A child went offline or lost: RPCs sent to it won't be answered. `health` knows already. */
  childGone(rank: number, status: SubtreeStatus): void;
  /** The parent has accepted this broker, which has just started: the next event will be the one after `sequence`. */
  joined(sequence: number): void;
  /** The connection to the parent is lost: RPCs sent to it won't be answered. It may come back, or be gone in the end. */
  parentLost(): void;
  /** The parent has accepted this broker again. */
  parentBack(): void;
  /** The parent sent a disconnect, refused this broker when it came back, or stayed away for too long: EHOSTUNREACH, or its answer, with the reason. */
  parentGone(error: FluxError): void;
  /** Sequence number of the last event that this broker has seen. */
  lastEvent(): number;
  /** To the broker's log: severity (0 to 7) and text. */
  log(level: LogLevel, text: string): void;
}

/** Handlers of an overlay that no broker has taken yet. */
export const silentHandlers: OverlayHandlers = {
  message() {},
  childJoined() {},
  joined() {},
  childGone() {},
  parentLost() {},
  parentBack() {},
  parentGone() {},
  lastEvent: () => 0,
  log() {},
};

/** How long peers are waited for, in milliseconds (docs/overlay.md). */
export interface OverlayTimeouts {
  /** A peer that is silent for so long, to ZeroMQ's own pings too, is lost (`tbon.heartbeat-timeout`). */
  heartbeat: number;
  /** A broker whose parent is lost for so long ends (`tbon.parent-timeout`); undefined: never. */
  parent: number | undefined;
}

/** Timeouts, in milliseconds, where no others are given. */
export const defaultTimeouts: OverlayTimeouts = { heartbeat: 30_000, parent: 60_000 };
