import type { Message } from '../message';

const MAX_BYTES = 4 << 20;
/** Memory that an event takes beside its payload, roughly, in bytes. */
const OVERHEAD = 512;

/** The latest events, in order, for peers that rejoin: as many as fit into some megabytes. */
export class EventHistory {
  readonly #maxBytes: number;
  #events: Message[] = [];
  #head = 0;
  #bytes = 0;

  constructor(maxBytes = MAX_BYTES) {
    this.#maxBytes = maxBytes;
  }

  add(event: Message): void {
    this.#events.push(event);
    this.#bytes += sizeOf(event);
    while (this.#bytes > this.#maxBytes) this.#bytes -= sizeOf(this.#events[this.#head++]!);
    if (this.#head <= this.#events.length / 2) return;
    this.#events = this.#events.slice(this.#head);
    this.#head = 0;
  }

  /** The events after this sequence number, as far as they are still kept. */
  since(sequence: number): Message[] {
    return this.#events.slice(this.#head).filter((event) => event.sequence > sequence);
  }
}

const sizeOf = (event: Message): number => OVERHEAD + event.bytes.length;
