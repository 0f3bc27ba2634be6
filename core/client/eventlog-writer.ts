import { type DecodedEntry, decodeEventlog, encodeEntry, type NewEntry } from '../formats/eventlog';
import type { Flux } from '../handle';
import { startTimer } from '../sys/delay';
import { wallSeconds } from '../sys/wall-clock';
import { Kvs } from './kvs';

/** A key of the guest KVS and the entries to append to it, in one piece. */
export interface Append {
  key: string;
  entries: readonly NewEntry[];
}

/** Appends to logs of the guest namespace in one commit. Resolves when it is committed. Errors: those of kvs.commit. */
export async function appendToGuest(flux: Flux, namespace: string, appends: readonly Append[]): Promise<void> {
  const kvs = new Kvs(flux, { namespace });
  const transaction = kvs.transaction();
  for (const { key, entries } of appends) transaction.append(key, entries.map(encodeLine).join(''));
  await kvs.commit(transaction);
}

const encodeLine = (one: NewEntry): string => `${encodeEntry(one)}\n`;

/** An entry with the present time. */
export function entry(name: string, context?: NewEntry['context']): NewEntry {
  return { timestamp: wallSeconds(), name, ...(context === undefined ? {} : { context }) };
}

/** Characters that are committed without waiting for more. */
const FULL_BATCH = 2 ** 20;
/** With so many on their way there is too much, and with so few there is room again. */
const HIGH_WATER = 8 * FULL_BATCH;
const LOW_WATER = 2 * FULL_BATCH;

/** The log to write, and how long entries wait. `onError` gets the entries that a failed commit has lost. */
export interface EventlogWriterOptions {
  flux: Flux;
  namespace: string;
  key: string;
  /** Milliseconds that entries may wait for others to share their commit. */
  batchMs: number;
  /** Too much waits to be committed (true), and there is room again (false). Whoever can is to add nothing meanwhile. */
  onPressure?(pressed: boolean): void;
  onError(e: unknown, lost: readonly DecodedEntry[]): void;
}

/** Appends entries to one log in batches, in order. */
export class EventlogWriter {
  readonly #options: EventlogWriterOptions;
  #pending = '';
  /** Characters that wait, or are being committed. */
  #size = 0;
  #pressed = false;
  #stopTimer: (() => void) | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(options: EventlogWriterOptions) {
    this.#options = options;
  }

  add(added: NewEntry): void {
    const line = encodeLine(added);
    this.#pending += line;
    this.#grow(line.length);
    if (this.#pending.length >= FULL_BATCH) void this.flush();
    else this.#stopTimer ??= startTimer(this.#options.batchMs, () => void this.flush());
  }

  /** Commits what waits; resolves when all that was added so far is committed, or has failed. */
  flush(): Promise<void> {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    if (this.#pending !== '') {
      const text = this.#pending;
      this.#pending = '';
      const commit = this.#commit(text);
      this.#last = Promise.all([this.#last, commit]).then(() => {});
    }
    return this.#last;
  }

  /** Forgets what waits. */
  dispose(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    this.#pending = '';
  }

  async #commit(text: string): Promise<void> {
    const { flux, namespace, key } = this.#options;
    try {
      await new Kvs(flux, { namespace }).append(key, text);
    } catch (e) {
      this.#options.onError(e, decodeEventlog(text));
    } finally {
      this.#grow(-text.length);
    }
  }

  #grow(by: number): void {
    this.#size += by;
    const pressed = this.#size > (this.#pressed ? LOW_WATER : HIGH_WATER);
    if (pressed === this.#pressed) return;
    this.#pressed = pressed;
    this.#options.onPressure?.(pressed);
  }
}
