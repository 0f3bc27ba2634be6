import { errorText, isErrno, type Log } from 'flux';
import { Grouped } from '../journal/grouped';
import type { Journal } from '../journal/journal';
import type { Root } from '../namespace';
import type { BlobWriter } from './blob-writer';

/** A checkpoint follows when the journal has grown by this much since the last, … */
const MAX_BYTES = 16 * 1024 * 1024;
const MAX_RECORDS = 10_000;
/** … or when nothing was committed for this many milliseconds. */
const IDLE = 1000;
/** So many times as much may stand in the journal while checkpoints don't succeed; then commits have to wait for one. */
const MAX_BEHIND = 8;

export interface CheckpointsOptions {
  writer: BlobWriter;
  /** The journal of the primary namespace; without one, only blobs are saved when it is quiet. */
  journal: Journal | undefined;
  /** The newest root of the primary namespace. */
  head: () => Root;
  /** Newest roots of all namespaces. */
  roots: () => Iterable<string>;
  /** Brings a root of the primary namespace into the backing store, with all that the content store has by now. */
  put: (rootref: string) => Promise<void>;
  /** Calls back once, after some milliseconds; gives what takes it back. */
  after: (ms: number, fn: () => Promise<void>) => () => void;
  log: Log;
}

/** Follows behind the commits: stores what waited, saves the root, and drops the part of the journal that this makes superfluous. */
export class Checkpoints {
  readonly #options: CheckpointsOptions;
  readonly #runs = new Grouped(() => this.#run());
  /** Bytes of the journal's segments that wait to be dropped. */
  #behind = 0;
  /** Number of the segment behind them. */
  #segment = 0;
  #commits = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(options: CheckpointsOptions) {
    this.#options = options;
  }

  /** Resolves when there is room in the journal for more. Rejects with what keeps checkpoints from succeeding. */
  async room(): Promise<void> {
    const { journal } = this.#options;
    if (journal && this.#behind + journal.bytes > MAX_BEHIND * MAX_BYTES) await this.#runs.request();
  }

  /** Something was committed, in any namespace. */
  committed(): void {
    const { journal } = this.#options;
    this.#commits++;
    if (!journal || (journal.bytes < MAX_BYTES && journal.count < MAX_RECORDS)) this.#startWhenIdle();
    else if (!this.#runs.running) this.#start();
  }

  /** Makes the last checkpoint and removes the journal. If that fails the journal stays, and has everything. */
  async end(): Promise<void> {
    const { journal, log } = this.#options;
    this.#cancelTimer?.();
    try {
      await this.#runs.idle();
      await this.#save(this.#options.head());
      await journal?.remove();
    } catch (e) {
      const nowhere = !journal && isErrno(e, 'ENOSYS'); // there is no backing store, and never was
      if (!nowhere) log.err(`checkpoint: ${errorText(e)}`);
      await journal?.close();
    }
  }

  #start(): void {
    this.#runs.request().catch((e) => this.#options.log.err(`checkpoint: ${errorText(e)}`));
  }

  #startWhenIdle(): void {
    if (this.#cancelTimer) return;
    const before = this.#commits;
    this.#cancelTimer = this.#options.after(IDLE, async () => {
      this.#cancelTimer = undefined;
      if (this.#commits === before) this.#start();
      else this.#startWhenIdle();
    });
  }

  async #run(): Promise<void> {
    const { journal, head } = this.#options;
    if (!journal) return this.#saveBlobs();
    if (journal.count === 0 && this.#behind === 0) return;
    const root = head();
    if (journal.count > 0) this.#rotate(journal, root);
    await journal.settled();
    if (journal.broken) throw journal.broken;
    await this.#save(root);
    journal.drop(this.#segment);
    this.#behind = 0;
  }

  #rotate(journal: Journal, root: Root): void {
    const { bytes } = journal;
    this.#segment = journal.rotate(root);
    this.#behind += bytes;
  }

  async #save({ rootref }: Root): Promise<void> {
    await this.#saveBlobs();
    await this.#options.writer.save(rootref);
    await this.#options.put(rootref);
  }

  async #saveBlobs(): Promise<void> {
    const { writer, roots } = this.#options;
    await Promise.all([...roots()].map((ref) => writer.save(ref)));
  }
}
