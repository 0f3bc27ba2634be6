import type { ContentStats } from 'flux';

/** What a rank's content service does: rank 0 as LeaderStore, the others as FollowerStore. */
export interface ContentStore {
  /** ENOENT: nobody has it. */
  load(ref: string): Promise<Buffer>;
  /** Resolves with the reference when any rank can load the blob. EFBIG: too long. */
  store(blob: Buffer): Promise<string>;
  /** Resolves when nothing is dirty. */
  flush(): Promise<void>;
  readonly stats: ContentStats;
}

/** Sends blobs on, to the parent or the backing store. */
export interface Upstream {
  load(ref: string): Promise<Buffer>;
  store(blob: Buffer): Promise<string>;
}

/** Runs work once for all that ask for it under the same key while it runs. */
export class Shared<T> {
  readonly #running = new Map<string, Promise<T>>();

  run(key: string, work: () => Promise<T>): Promise<T> {
    const running = this.#running.get(key);
    if (running) return running;
    const started = work().finally(() => this.#running.delete(key));
    this.#running.set(key, started);
    return started;
  }

  get size(): number {
    return this.#running.size;
  }
}
