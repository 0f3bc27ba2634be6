import { type EventlogEntry, encodeEntry } from '../formats/eventlog';
import type { Flux } from '../handle';
import { wallSeconds } from '../sys/wall-clock';

const KVS_APPEND = 32;

/** A key of the guest KVS and the entries to append to it, in one piece. */
export interface Append {
  key: string;
  entries: readonly EventlogEntry[];
}

/** Appends to logs of the guest namespace in one commit. Resolves when it is committed. Errors: those of kvs.commit. */
export async function appendToGuest(flux: Flux, namespace: string, appends: readonly Append[]): Promise<void> {
  const ops = appends.map(({ key, entries }) => ({
    key,
    flags: KVS_APPEND,
    dirent: { ver: 1, type: 'val', data: Buffer.from(entries.map((entry) => `${encodeEntry(entry)}\n`).join('')).toString('base64') },
  }));
  await flux.rpc('kvs.commit', { namespace, flags: 0, ops });
}

/** An entry with the present time. */
export function entry(name: string, context?: EventlogEntry['context']): EventlogEntry {
  return { timestamp: wallSeconds(), name, ...(context === undefined ? {} : { context }) };
}

export interface EventlogWriterOptions {
  flux: Flux;
  namespace: string;
  key: string;
  /** Milliseconds that entries may wait for others to share their commit. */
  batchMs: number;
  /** A commit has begun (1) or ended (-1). */
  onBusy?(change: 1 | -1): void;
  onError(e: unknown, lost: readonly EventlogEntry[]): void;
}

/** Appends entries to one log in batches, in order. */
export class EventlogWriter {
  readonly #options: EventlogWriterOptions;
  #pending: EventlogEntry[] = [];
  #timer: NodeJS.Timeout | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(options: EventlogWriterOptions) {
    this.#options = options;
  }

  add(added: EventlogEntry): void {
    if (this.#pending.length === 0) this.#options.onBusy?.(1);
    this.#pending.push(added);
    this.#timer ??= setTimeout(() => void this.flush(), this.#options.batchMs);
  }

  /** Commits what waits; resolves when all that was added so far is committed, or has failed. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#pending.length > 0) {
      const entries = this.#pending;
      this.#pending = [];
      const commit = this.#commit(entries);
      this.#last = Promise.all([this.#last, commit]).then(() => {});
    }
    return this.#last;
  }

  /** Forgets what waits. */
  dispose(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#pending.length > 0) this.#options.onBusy?.(-1);
    this.#pending = [];
  }

  async #commit(entries: readonly EventlogEntry[]): Promise<void> {
    const { flux, namespace, key } = this.#options;
    try {
      await appendToGuest(flux, namespace, [{ key, entries }]);
    } catch (e) {
      this.#options.onError(e, entries);
    } finally {
      this.#options.onBusy?.(-1);
    }
  }
}
