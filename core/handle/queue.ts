/** A read part of the array that is worth giving back. */
const COMPACT = 1024;

/** An unbounded queue that is read as an async iterator: the consumer's end of streams and subscriptions. */
export class AsyncQueue<T> implements AsyncIterableIterator<T> {
  /** Items from head on have not been read: shift() on a long array moves all of it. */
  #items: (T | undefined)[] = [];
  #head = 0;
  readonly #waiters: { resolve: (result: IteratorResult<T>) => void; reject: (e: unknown) => void }[] = [];
  readonly #onReturn: () => void;
  #ended = false;
  #error: unknown;

  /** `onReturn` is called when the consumer leaves before the end (break, return, throw). */
  constructor(onReturn: () => void = () => {}) {
    this.#onReturn = onReturn;
  }

  push(item: T): void {
    if (this.#ended) return;
    const waiter = this.#waiters.shift();
    if (waiter) waiter.resolve({ value: item, done: false });
    else this.#items.push(item);
  }

  /** Ends the iteration, with an error if one is given, after what is queued has been read. */
  end(error?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    for (const waiter of this.#waiters.splice(0)) this.#finish(waiter);
  }

  next(): Promise<IteratorResult<T>> {
    if (this.#head < this.#items.length) return Promise.resolve({ value: this.#take(), done: false });
    return new Promise((resolve, reject) => {
      if (this.#ended) this.#finish({ resolve, reject });
      else this.#waiters.push({ resolve, reject });
    });
  }

  return(): Promise<IteratorResult<T>> {
    if (!this.#ended) {
      this.end();
      this.#onReturn();
    }
    this.#items = [];
    this.#head = 0;
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #take(): T {
    const item = this.#items[this.#head] as T;
    this.#items[this.#head++] = undefined;
    if (this.#head >= COMPACT && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  #finish({ resolve, reject }: { resolve: (result: IteratorResult<T>) => void; reject: (e: unknown) => void }): void {
    const error = this.#error;
    this.#error = undefined;
    if (error !== undefined) reject(error);
    else resolve({ value: undefined as T, done: true });
  }
}
