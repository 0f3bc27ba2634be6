import type { Task } from 'flux';

/** Bytes that are written at a time. */
const PIECE = 2 ** 16;

/** What is on its way to the stdin of one task: what waits costs its bytes, whatever it came in. */
export class TaskInput {
  readonly #task: Task;
  readonly #onProgress: () => void;
  readonly #onClosed: (e?: unknown) => void;
  #items: Buffer[] = [];
  /** The first of them that waits. */
  #at = 0;
  #waiting = 0;
  #ended = false;
  #writing = false;

  /** `onProgress`: the task has got some. `onClosed`: it gets no more, because that was all, or (with an error) because it wants no more. */
  constructor(task: Task, { onProgress, onClosed }: { onProgress(): void; onClosed(e?: unknown): void }) {
    this.#task = task;
    this.#onProgress = onProgress;
    this.#onClosed = onClosed;
  }

  /** Bytes that the task has not got yet. */
  get waiting(): number {
    return this.#waiting;
  }

  push(data: Buffer): void {
    if (this.#ended) return;
    this.#items.push(data);
    this.#waiting += data.length;
    void this.#write();
  }

  /** EOF for the task, after what waits. */
  end(): void {
    this.#ended = true;
    void this.#write();
  }

  /** Forgets what waits. */
  drop(): void {
    this.#ended = true;
    this.#items = [];
    this.#at = 0;
    this.#waiting = 0;
  }

  async #write(): Promise<void> {
    if (this.#writing) return;
    this.#writing = true;
    try {
      for (let piece = this.#next(); piece; piece = this.#next()) {
        await this.#task.write('stdin', piece);
        this.#waiting = Math.max(0, this.#waiting - piece.length);
        this.#onProgress();
      }
      if (this.#ended) this.#close();
    } catch (e) {
      this.drop(); // a task that has closed its stdin has had enough
      this.#onClosed(e);
    }
    this.#writing = false;
  }

  #close(): void {
    this.#task.close('stdin');
    this.#onClosed();
  }

  /** As much of what waits as makes a piece. */
  #next(): Buffer | undefined {
    const first = this.#at;
    for (let size = 0; this.#at < this.#items.length && size < PIECE; this.#at++) size += this.#items[this.#at]!.length;
    if (this.#at === first) return undefined;
    const items = this.#items.slice(first, this.#at);
    if (this.#at === this.#items.length) {
      this.#items = [];
      this.#at = 0;
    } else if (this.#at > 2 ** 12) {
      this.#items.splice(0, this.#at); // let go of what was written, now and then
      this.#at = 0;
    }
    return items.length === 1 ? items[0] : Buffer.concat(items);
  }
}
