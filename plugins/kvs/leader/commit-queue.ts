import { type FluxError, toFluxError } from 'flux';
import type { Root } from '../namespace';
import { mentionedKeys, type Transaction, takeBatch } from './transaction';

/** What a successful transaction leads to. */
export interface Commit {
  root: Root;
  names: readonly string[];
  keys: Record<string, null>;
}

/** A transaction that stands in the tree. */
export interface Applied {
  root: Root;
  /** Resolves when it may be acknowledged; undefined: it may be now. These promises resolve in their order; when one rejects, so do all behind it. */
  safe: Promise<void> | undefined;
}

export interface CommitQueueOptions {
  /** Merge transactions that arrive while another runs. */
  merge: boolean;
  /** Applies operations to the newest root. Nothing has changed if it rejects. */
  apply: (ops: readonly unknown[]) => Promise<Applied>;
  /** A transaction is done, and as safe as it is to be. */
  onCommit: (commit: Commit) => void;
  /** Transactions failed, and the tree is without them. */
  onError: (names: readonly string[], error: FluxError) => void;
  /** Told of each merge: how many transactions and operations. */
  onMerge: (transactions: number, ops: number) => void;
}

/**
 * The transactions of one namespace, one at a time in the order of arrival; what arrives while one runs is merged into the next
 * (docs/protocol/kvs.md §3.4).
 */
export class CommitQueue {
  readonly #options: CommitQueueOptions;
  readonly #queue: Transaction[] = [];
  #run: Promise<void> | undefined;
  /** Transactions that stand in the tree, but are not safe yet. */
  readonly #unsafe = new Set<Promise<void>>();
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
    return this.#run === undefined && this.#unsafe.size === 0;
  }

  /** Resolves when nothing runs and nothing waits. */
  async drain(): Promise<void> {
    while (!this.drained) {
      await this.#run;
      await Promise.all(this.#unsafe);
    }
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
    let applied: Applied;
    try {
      applied = await this.#apply(ops);
    } catch (e) {
      if (batch.length === 1) this.#options.onError(names, toFluxError(e));
      return false;
    }
    const commit = { root: applied.root, names, keys: mentionedKeys(ops) };
    if (applied.safe) this.#acknowledgeLater(commit, applied.safe);
    else this.#options.onCommit(commit);
    return true;
  }

  #acknowledgeLater(commit: Commit, safe: Promise<void>): void {
    const told = safe
      .then(
        () => this.#options.onCommit(commit),
        (e) => this.#options.onError(commit.names, toFluxError(e)),
      )
      .finally(() => this.#unsafe.delete(told));
    this.#unsafe.add(told);
  }

  async #apply(ops: readonly unknown[]): Promise<Applied> {
    if (this.#closed) throw this.#closed;
    const applied = await this.#options.apply(ops);
    if (this.#closed) throw this.#closed;
    return applied;
  }
}
