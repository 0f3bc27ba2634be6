import { type DecodedEntry, decodeEntry, decodeEventlog, encodeEntry, type NewEntry } from '../formats/eventlog';
import { FluxError } from '../sys/errors';
import { wallSeconds } from '../sys/wall-clock';
import { within } from '../sys/within';
import type { KvsWatch, KvsWatchOptions } from './kvs-lookup';
import type { KvsCommit } from './kvs-transaction';

/** How an eventlog is followed. */
export interface KvsFollowOptions {
  /** Wait for the eventlog to be made if there is none; else that is ENOENT. */
  waitcreate?: boolean;
}

/** How an event is waited for. */
export interface KvsWaitEventOptions extends KvsFollowOptions {
  /** Milliseconds to wait for the next entry before ETIMEDOUT; default for ever. */
  timeout?: number;
}

/** The functions of the key-value store that an eventlog in it uses. */
export interface KvsEventlogStore {
  append(key: string, value: string): Promise<KvsCommit>;
  getText(key: string): Promise<string>;
  watch(key: string, options: KvsWatchOptions): KvsWatch;
}

/** An eventlog under a key: lines of JSON that are only ever added to (RFC 18; flux-kvs(1), eventlog). */
export class KvsEventlog {
  readonly #kvs: KvsEventlogStore;
  readonly key: string;

  constructor(kvs: KvsEventlogStore, key: string) {
    this.#kvs = kvs;
    this.key = key;
  }

  /** Adds an entry; without a timestamp it is now. EINVAL: no valid entry. */
  async append({ timestamp = wallSeconds(), ...entry }: Omit<NewEntry, 'timestamp'> & { timestamp?: number }): Promise<KvsCommit> {
    return this.#kvs.append(this.key, `${encodeEntry({ timestamp, ...entry })}\n`);
  }

  /** All entries. ENOENT: there is no such key; EINVAL: it holds no eventlog. */
  async read(): Promise<DecodedEntry[]> {
    return decodeEventlog(await this.#kvs.getText(this.key));
  }

  /** The entries there are, then each one that is added. ENOENT: there is no such key, or it is removed; EINVAL: it holds no eventlog, or gets shorter. */
  async *follow(options: KvsFollowOptions = {}): AsyncGenerator<DecodedEntry, void, void> {
    yield* entriesOf(this.#watch(options));
  }

  /** The first entry of a name, as soon as there is one. ENODATA: the watch ended before; ETIMEDOUT. */
  async waitEvent(name: string, { timeout = 0, ...options }: KvsWaitEventOptions = {}): Promise<DecodedEntry> {
    const watch = this.#watch(options);
    const entries = entriesOf(watch);
    try {
      for (;;) {
        const next = entries.next();
        if (timeout > 0 && !(await within(timeout, next))) throw new FluxError('ETIMEDOUT');
        const { value, done } = await next;
        if (done) throw new FluxError('ENODATA');
        if (value.name === name) return value;
      }
    } finally {
      await watch.return();
    }
  }

  #watch({ waitcreate = false }: KvsFollowOptions): KvsWatch {
    return this.#kvs.watch(this.key, { append: true, waitcreate });
  }
}

/** Entries out of pieces of a log, which may end anywhere. */
async function* entriesOf(watch: KvsWatch): AsyncGenerator<DecodedEntry, void, void> {
  let rest = '';
  for await (const { text } of watch) {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    for (const line of lines) yield decodeEntry(line);
  }
}
