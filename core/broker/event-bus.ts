import { LogLevel } from '../handle/log-entry';
import type { Message } from '../message';
import { EventHistory } from './event-history';
import type { Overlay } from './overlay';
import type { Port } from './port';

/** Receivers of events: children by the overlay, clients and modules by ports, and the broker. */
export interface EventBusOptions {
  overlay: Overlay | undefined;
  ports: () => Iterable<Port>;
  /** The broker's own subscribers. */
  own: (event: Message) => void;
  log: (level: LogLevel, text: string) => void;
}

/** Numbers events on rank 0 and hands them on, everywhere in the same order (docs/protocol/wire.md §6, "Events"). */
export class EventBus {
  readonly #options: EventBusOptions;
  readonly #history: EventHistory | undefined;
  #lastSequence = 0;

  constructor(options: EventBusOptions) {
    this.#options = options;
    if (options.overlay && options.overlay.health.children.size > 0) this.#history = new EventHistory();
  }

  /** Sequence number of the last event; 0 before the first. */
  get lastSequence(): number {
    return this.#lastSequence;
  }

  /** This broker joins an instance in which so many events have been published. */
  startAt(sequence: number): void {
    this.#lastSequence = sequence;
  }

  /** Sends a child that rejoins what it has missed, as far as it is still known: it notices a gap that is left. */
  replay(child: number, after: number): void {
    for (const event of this.#history?.since(after) ?? []) this.#options.overlay!.publishTo(child, event);
  }

  /** Publishes, on rank 0: gives its sequence number. Credentials stay the publisher's. */
  publish(event: Message): number {
    const published = event.copy().clearRoutes();
    published.aux1 = ++this.#lastSequence;
    this.#distribute(published);
    return published.sequence;
  }

  /** Takes a published event from the parent. One that was seen before is dropped; a gap is logged; lost ones don't come again. */
  receive(event: Message): void {
    const { sequence } = event;
    const last = this.#lastSequence;
    if (sequence <= last) return;
    if (last > 0 && sequence > last + 1) {
      const lost = sequence === last + 2 ? `event ${last + 1}` : `events ${last + 1}-${sequence - 1}`;
      this.#options.log(LogLevel.err, `lost ${lost}`);
    }
    this.#lastSequence = sequence;
    this.#distribute(event);
  }

  #distribute(event: Message): void {
    const topic = event.topic ?? '';
    this.#options.overlay?.publishDown(event);
    this.#history?.add(event);
    this.#options.own(event);
    for (const port of this.#options.ports()) if (port.wants(topic)) port.deliver(event);
  }
}
