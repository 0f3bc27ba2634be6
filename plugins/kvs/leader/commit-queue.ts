import { type FluxError, toFluxError } from 'flux';
import { mentionedKeys, type Transaction, takeBatch } from './transaction';

/** What a successful transaction leads to. */
export interface Commit {
  rootref: string;
  names: readonly string[];
  keys: Record<string, null>;
}

export interface CommitQueueOptions {
  /** Merge transactions that arrive while another runs. */
  merge: boolean;
  /** Applies operations to the current root and stores the new tree; its root. Nothing has changed if it rejects. */
  apply: (ops: readonly unknown[]) => Promise<string>;
  /** A transaction is done, in the tree and in the store. The next starts when this has returned. */
  onCommit: (commit: Commit) => void;
  onError: (names: readonly string[], error: FluxError) => void;
  /** Told of each merge: how many transactions and operations. */
  onMerge: (transactions: number, ops: number) => void;
}

/** The transactions of one namespace, one at a time in the order of arrival; what arrives while one runs is merged into the next (contract: kvs.md, 3.4). */
export class CommitQueue {
  readonly #options: CommitQueueOptions;
  readonly #queue: Transaction[] = [];
  #run: Promise<void> | undefined;
  #closed: FluxError | undefined;

  constructor(options: CommitQueueOptions) {
    this.#options = options;
  }

  push(transaction: Transaction): void {
    this.#queue.push(transaction);
    this.#run ??= this.#work();
  }

  get length(): number {
    return this.#queue.length;
  }

  /** Nothing runs and nothing waits. */
  get drained(): boolean {
    return this.#run === undefined;
  }

  /** Resolves when nothing runs and nothing waits. */
  async drain(): Promise<void> {
    while (this.#run) await this.#run;
  }

  /** Fails what waits, what runs, and what comes. */
  close(error: FluxError): void {
    this.#closed = error;
  }

  async #work(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = takeBatch(this.#queue, this.#options.merge);
      if (batch.length > 1)
        this.#options.onMerge(
          batch.length,
          batch.reduce((sum, { ops }) => sum + ops.length, 0),
        );
      if (!(await this.#attempt(batch)) && batch.length > 1) for (const transaction of batch) await this.#attempt([transaction]);
    }
    this.#run = undefined;
  }

  /** Commits transactions as one. False: it failed; if it was one alone, that has been told. */
  async #attempt(batch: readonly Transaction[]): Promise<boolean> {
    const names = batch.flatMap((transaction) => transaction.names);
    const ops = batch.length === 1 ? batch[0]!.ops : batch.flatMap((transaction) => transaction.ops);
    let rootref: string;
    try {
      rootref = await this.#apply(ops);
    } catch (e) {
      if (batch.length === 1) this.#options.onError(names, toFluxError(e));
      return false;
    }
    this.#options.onCommit({ rootref, names, keys: mentionedKeys(ops) });
    return true;
  }

  async #apply(ops: readonly unknown[]): Promise<string> {
    if (this.#closed) throw this.#closed;
    const rootref = await this.#options.apply(ops);
    if (this.#closed) throw this.#closed;
    return rootref;
  }
}
