import { randomUUID } from 'node:crypto';
import { Mailbox, type Message, MessageType } from '../message';
import { FluxError } from '../sys/errors';
import { type Overlay, type OverlayHandlers, type Peer, silentHandlers } from './overlay';
import { isOnline, SubtreeHealth, SubtreeStatus } from './subtree-health';
import { Topology } from './topology';

/** The overlays of the brokers of an instance that lives in one process, by rank: messages change hands as objects. */
export function inProcessOverlays(size: number, fanout = 2): InProcessOverlay[] {
  const overlays: InProcessOverlay[] = [];
  for (let rank = 0; rank < size; rank++) {
    const topology = new Topology(rank, size, fanout);
    overlays.push(new InProcessOverlay(topology, topology.parent === undefined ? undefined : overlays[topology.parent]));
  }
  return overlays;
}

/** One broker's part of such a tree. */
export class InProcessOverlay implements Overlay {
  readonly uuid = randomUUID();
  readonly health: SubtreeHealth;
  readonly endpoint = null;
  readonly parentEndpoint = null;
  handlers: OverlayHandlers = silentHandlers;
  readonly #rank: number;
  readonly #parent: InProcessOverlay | undefined;
  readonly #children = new Map<number, InProcessOverlay>();
  readonly #mailbox = new Mailbox<{ message: Message; from: Peer }>(({ message, from }) => this.handlers.message(message, from));
  #online = false;

  constructor(topology: Topology, parent: InProcessOverlay | undefined) {
    this.#rank = topology.rank;
    this.#parent = parent;
    this.health = new SubtreeHealth(topology.children);
    this.health.onChange((child) => {
      if (child === undefined && this.#online) this.#parent?.health.setChild(this.#rank, this.health.own.status);
    });
  }

  get parentUuid(): string | undefined {
    return this.#online ? this.#parent?.uuid : undefined;
  }

  childByUuid(uuid: string): number | undefined {
    for (const [rank, child] of this.#children) if (child.uuid === uuid) return rank;
    return undefined;
  }

  sendUp(message: Message): void {
    if (!this.#parent || !this.#online) throw new FluxError('EHOSTUNREACH');
    this.#hand(message, this.#parent, this.#rank);
  }

  sendDown(rank: number, message: Message): void {
    const child = this.#children.get(rank);
    if (!child) throw new FluxError('EHOSTUNREACH');
    this.#hand(message, child, 'parent');
  }

  publishDown(event: Message): void {
    for (const child of this.#children.values()) child.#mailbox.push({ message: event, from: 'parent' });
  }

  publishTo(rank: number, event: Message): void {
    const child = this.#children.get(rank);
    if (child) child.#mailbox.push({ message: event, from: 'parent' });
  }

  disconnectChild(rank: number): void {
    const child = this.#children.get(rank);
    if (!child) return;
    this.childLeft(rank, SubtreeStatus.lost);
    child.#online = false;
    child.handlers.parentGone(new FluxError('EHOSTUNREACH', 'overlay disconnect'));
  }

  async start(): Promise<void> {
    if (!this.#parent) return;
    this.#online = true;
    this.#parent.#children.set(this.#rank, this);
    this.#parent.health.setChild(this.#rank, this.health.own.status);
    this.handlers.joined(this.#parent.handlers.lastEvent());
    this.#parent.handlers.childJoined(this.#rank, undefined);
  }

  heartbeat(): void {}

  async close(): Promise<void> {
    if (!this.#online) return;
    this.#online = false;
    this.#parent?.childLeft(this.#rank, SubtreeStatus.offline);
  }

  /** As if the process had died: the parent finds it lost, and its children lose their parent. */
  crash(): void {
    this.#online = false;
    this.#mailbox.close();
    this.#parent?.childLeft(this.#rank, SubtreeStatus.lost);
    for (const child of this.#children.values()) {
      child.#online = false;
      child.handlers.parentLost();
    }
  }

  #hand(message: Message, to: InProcessOverlay, from: Peer): void {
    if (message.type === MessageType.request) message.pushRoute(this.uuid);
    else if (message.type === MessageType.response) message.popRoute();
    to.#mailbox.push({ message, from });
  }

  /** For a child: it has gone. */
  childLeft(rank: number, status: SubtreeStatus): void {
    if (!this.#children.delete(rank)) return;
    this.health.setChild(rank, status);
    if (!isOnline(status)) this.handlers.childGone(rank, status);
  }
}
