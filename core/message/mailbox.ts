/** How many messages one turn of the event loop hands over before sockets and timers get theirs. */
const BUDGET = 256;

/**
 * The queue in front of a receiver inside a process. A send is never a nested call: messages are delivered, in order, from a fresh stack; after
 * BUDGET of them the event loop gets a turn.
 */
export class Mailbox<T> {
  #queue: T[] = [];
  #head = 0;
  #scheduled = false;
  #closed = false;
  readonly #deliver: (item: T) => void;

  /** `deliver` must not throw: it owns its errors. */
  constructor(deliver: (item: T) => void) {
    this.#deliver = deliver;
  }

  push(item: T): void {
    if (this.#closed) return;
    this.#queue.push(item);
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(this.#drain);
  }

  /** Number of messages not delivered yet. */
  get length(): number {
    return this.#queue.length - this.#head;
  }

  /** Takes out the messages that `wanted` names, which are then not delivered; the others keep their order. */
  take(wanted: (item: T) => boolean): T[] {
    const waiting = this.#queue.slice(this.#head);
    this.#queue = waiting.filter((item) => !wanted(item));
    this.#head = 0;
    return waiting.filter(wanted);
  }

  /** Drops what is queued and takes nothing more; returns what was dropped. */
  close(): T[] {
    this.#closed = true;
    const rest = this.#queue.slice(this.#head);
    this.#queue = [];
    this.#head = 0;
    return rest;
  }

  readonly #drain = (): void => {
    for (let n = 0; n < BUDGET && this.#head < this.#queue.length; n++) this.#deliver(this.#queue[this.#head++]!);
    if (this.#head < this.#queue.length) {
      setImmediate(this.#drain);
      return;
    }
    this.#queue = [];
    this.#head = 0;
    this.#scheduled = false;
  };
}
