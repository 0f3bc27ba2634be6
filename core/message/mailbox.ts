/** How many messages this thread hands over, in all mailboxes together, before sockets and timers get their turn. */
const BUDGET = 256;
/** How many a mailbox that has waited for its turn hands over even if others have used the budget up: none may starve. */
const SHARE = 16;
/** Room that an empty mailbox keeps. */
const KEPT = 1024;
const settled = Promise.resolve();

/** Messages handed over since the event loop had its last turn that we know of. The event loop is the thread's, and so is this. */
let spent = 0;

/**
 * The queue in front of a receiver inside a process. A send is never a nested call: messages are delivered, in order, from a fresh stack. After
 * BUDGET of them the event loop gets a turn, also when two receivers only answer each other.
 */
export class Mailbox<T> {
  /** Items that wait stand between head and tail; the array is used again and again. */
  #queue: (T | undefined)[] = [];
  #head = 0;
  #tail = 0;
  #scheduled = false;
  #closed = false;
  readonly #deliver: (item: T) => void;

  /** `deliver` must not throw: it owns its errors. */
  constructor(deliver: (item: T) => void) {
    this.#deliver = deliver;
  }

  push(item: T): void {
    if (this.#closed) return;
    this.#queue[this.#tail++] = item;
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#schedule();
  }

  /** Number of messages not delivered yet. */
  get length(): number {
    return this.#tail - this.#head;
  }

  /** Takes out the messages that `wanted` names, which are then not delivered; the others keep their order. */
  take(wanted: (item: T) => boolean): T[] {
    const waiting = this.#empty();
    for (const item of waiting) if (!wanted(item)) this.#queue[this.#tail++] = item;
    return waiting.filter(wanted);
  }

  /** Drops what is queued and takes nothing more; returns what was dropped. */
  close(): T[] {
    this.#closed = true;
    return this.#empty();
  }

  #empty(): T[] {
    const waiting = this.#queue.slice(this.#head, this.#tail) as T[];
    this.#queue = [];
    this.#head = this.#tail = 0;
    return waiting;
  }

  /** A reaction to a settled promise costs half of queueMicrotask(), which makes an AsyncResource. */
  #schedule(): void {
    if (spent < BUDGET) void settled.then(this.#drain);
    else setImmediate(this.#drainLate);
  }

  readonly #drain = (): void => this.#handOver(0);
  readonly #drainLate = (): void => this.#handOver(SHARE);

  #handOver(share: number): void {
    for (let left = share; this.#head < this.#tail && (spend() || left-- > 0); ) {
      const item = this.#queue[this.#head] as T;
      this.#queue[this.#head++] = undefined;
      this.#deliver(item);
    }
    if (this.#head < this.#tail) {
      setImmediate(this.#drainLate);
      return;
    }
    if (this.#queue.length > KEPT) this.#queue = [];
    this.#head = this.#tail = 0;
    this.#scheduled = false;
  }
}

/** Takes one message from this turn's budget; false if that is used up. */
function spend(): boolean {
  if (spent >= BUDGET) return false;
  // the first of the things that wait for the next turn
  if (++spent === BUDGET) setImmediate(renew);
  return true;
}

function renew(): void {
  spent = 0;
}
