import type { Change, ContentDatabase } from './database';

/** Gives each transaction all the changes that arrived while the last one was in flight. */
export class GroupCommit {
  readonly #database: ContentDatabase;
  #waiting: Change[] = [];

  constructor(database: ContentDatabase) {
    this.#database = database;
  }

  /** Resolves with what `run` gives when that is committed. Changes are made in the order in which they were added. */
  add<T>(run: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ run, resolve: resolve as (value: unknown) => void, reject });
      if (this.#waiting.length === 1) setImmediate(() => this.flush()); // after all messages that have come by now
    });
  }

  /** Commits at once what waits. */
  flush(): void {
    const changes = this.#waiting;
    this.#waiting = [];
    if (changes.length > 0) this.#database.commit(changes);
  }
}
