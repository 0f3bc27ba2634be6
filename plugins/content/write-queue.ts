import { FluxError, toFluxError } from 'flux';
import type { Entry } from './blob-cache';
import type { Upstream } from './upstream';

export interface WriteQueueOptions {
  /** How many writes may be on their way at once. */
  limit: () => number;
  onWritten: (entry: Entry) => void;
  /** Hears of the first of the failures in a row. */
  onError: (e: FluxError) => void;
}

interface Write {
  entry: Entry;
  /** Fails with what the store behind refused the blob with; nobody need look at it. */
  done: Promise<void>;
  resolve: () => void;
  reject: (e: FluxError) => void;
}

/** Writes dirty blobs to the store behind, in the order in which they came, each once however many ask. */
export class WriteQueue {
  readonly #options: WriteQueueOptions;
  readonly #writes = new Map<Entry, Write>();
  /** What the store behind takes never: it is longer than that allows. */
  readonly #tooLong = new WeakSet<Entry>();
  #queue: Write[] = [];
  #head = 0;
  #inFlight = 0;
  #upstream: Upstream | undefined;
  #failing = false;

  constructor(options: WriteQueueOptions) {
    this.#options = options;
  }

  connect(upstream: Upstream): void {
    this.#upstream = upstream;
    this.#failing = false;
  }

  /** What waits for its turn fails with ENOSYS; what is on its way is answered by the store behind. */
  disconnect(): void {
    this.#upstream = undefined;
    const waiting = this.#queue.slice(this.#head);
    this.#queue = [];
    this.#head = 0;
    for (const write of waiting) this.#fail(write, new FluxError('ENOSYS'));
  }

  /** Resolves when the store behind has the blob. */
  write(entry: Entry): Promise<void> {
    const known = this.#writes.get(entry);
    if (known) return known.done;
    const write = newWrite(entry);
    this.#writes.set(entry, write);
    this.#queue.push(write);
    this.#pump();
    return write.done;
  }

  /** As write(), of one that failed before: not if it never can succeed. */
  retry(entry: Entry): void {
    if (!this.#tooLong.has(entry)) void this.write(entry);
  }

  /** Number of writes that the store behind has not answered yet. */
  get inFlight(): number {
    return this.#inFlight;
  }

  #pump(): void {
    const upstream = this.#upstream;
    if (!upstream) return;
    const limit = Math.max(1, this.#options.limit());
    while (this.#inFlight < limit && this.#head < this.#queue.length) {
      this.#inFlight++;
      void this.#send(upstream, this.#queue[this.#head++]!);
    }
    if (this.#head === this.#queue.length) {
      this.#queue = [];
      this.#head = 0;
    }
  }

  async #send(upstream: Upstream, write: Write): Promise<void> {
    const { entry } = write;
    try {
      const stored = await upstream.store(entry.blob);
      if (stored !== entry.ref) throw new FluxError('EIO', `blob stored as ${stored}, expected ${entry.ref}`);
      this.#failing = false;
      this.#writes.delete(entry);
      this.#options.onWritten(entry);
      write.resolve();
    } catch (e) {
      this.#failed(upstream, write, toFluxError(e));
    } finally {
      this.#inFlight--;
      this.#pump();
    }
  }

  /** A store behind that came after the one that failed has not been asked yet. */
  #failed(upstream: Upstream, write: Write, error: FluxError): void {
    if (this.#upstream && this.#upstream !== upstream) {
      this.#queue.push(write);
      return;
    }
    if (error.code === 'EFBIG') this.#tooLong.add(write.entry);
    if (!this.#failing) this.#options.onError(error);
    this.#failing = true;
    this.#fail(write, error);
  }

  #fail(write: Write, error: FluxError): void {
    this.#writes.delete(write.entry);
    write.reject(error);
  }
}

function newWrite(entry: Entry): Write {
  let resolve!: () => void;
  let reject!: (e: FluxError) => void;
  const done = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  done.catch(() => {}); // write-back: nobody waits for it
  return { entry, done, resolve, reject };
}
