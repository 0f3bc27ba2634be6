import { FluxError, type Request, toFluxError } from 'flux';
import { AsyncQueue, KvsFlag, normalizeKey } from 'flux/internal';
import { ResultFilter } from './filter';
import type { Query, Snapshot } from './snapshot';

/** Flags that say how to watch; the others go into the lookups. */
const WATCH_FLAGS = KvsFlag.watch | KvsFlag.waitcreate | KvsFlag.watchFull | KvsFlag.watchUniq | KvsFlag.watchAppend;

/** One request for a key: answered once, or again and again, in the order of the roots it is shown. */
export class Watcher {
  /** Normalised, as the events name keys. */
  readonly key: string;
  readonly request: Request;
  readonly #flags: number;
  readonly #query: Query;
  readonly #filter: ResultFilter;
  readonly #snapshots = new AsyncQueue<Snapshot>();
  readonly #onEnd: (watcher: Watcher) => void;
  #ended = false;

  constructor(request: Request, { key, flags }: { key: string; flags: number }, onEnd: (watcher: Watcher) => void) {
    this.request = request;
    this.key = normalizeKey(key);
    this.#flags = flags;
    this.#query = { key: this.key, flags: flags & ~WATCH_FLAGS, userid: request.userid, rolemask: request.rolemask };
    this.#filter = new ResultFilter(flags);
    this.#onEnd = onEnd;
  }

  get waitsForCreation(): boolean {
    return (this.#flags & KvsFlag.waitcreate) !== 0;
  }

  /** True if it is to see every root, not only those of transactions that name the key. */
  get seesAll(): boolean {
    return (this.#flags & KvsFlag.watchFull) !== 0;
  }

  /** Answers what it is shown, until it ends. */
  async run(): Promise<void> {
    try {
      for await (const snapshot of this.#snapshots) await this.#answer(snapshot);
    } catch (e) {
      this.end(toFluxError(e));
    }
  }

  /** Shows it a root; roots come in their order. */
  show(snapshot: Snapshot): void {
    this.#snapshots.push(snapshot);
  }

  /** Nothing more will be shown: ends with this error when it has answered what it was shown. */
  close(error: FluxError): void {
    this.#snapshots.end(error);
  }

  /** Ends at once; without an error silently. */
  end(error?: FluxError): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#snapshots.end();
    if (error) this.request.respondError(error);
    this.#onEnd(this);
  }

  async #answer(snapshot: Snapshot): Promise<void> {
    if (this.#ended) return;
    const { offset } = this.#filter;
    const onlyNew = offset !== undefined && this.#query.flags === 0;
    const { found, payload, length } = await snapshot.lookup(onlyNew ? { ...this.#query, offset } : this.#query);
    if (this.#ended) return;
    const val = this.#filter.next(found, length);
    if (!val) return;
    this.request.respond(val === found ? payload : { val });
    if (!(this.#flags & KvsFlag.watch)) this.end();
  }
}

/** EPROTO: a watch needs a request that takes many responses. */
export function checkStreaming(request: Request, flags: number): void {
  if (flags & KvsFlag.watch && !request.streaming) throw new FluxError('EPROTO', 'KVS watch request rejected without streaming RPC flag');
}
