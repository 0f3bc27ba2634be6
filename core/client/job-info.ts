import { type DecodedEntry, decodeEntry } from '../formats/eventlog';
import type { Flux } from '../handle/flux';
import type { RpcStream } from '../handle/rpc-stream';
import { jobInfo } from '../protocol/job-info';

/**
 * Values of keys of a job's directory in the KVS (`eventlog`, `jobspec`, `R`, `guest.…`), as they are stored. All or nothing. ENOENT: no such job or
 * key; EPERM: another user's job.
 */
export async function lookupJob<K extends string>(flux: Flux, id: bigint, keys: readonly K[]): Promise<Record<K, string>> {
  return (await flux.call(jobInfo.lookup, { id, keys, flags: 0 })) as Record<K, string>;
}

/**
 * Follows an eventlog of a job from its first entry: `eventlog`, or one below the guest namespace (`guest.exec.eventlog`, `guest.output`). The
 * iteration ends when the log does. ENOENT: no such job or log; EPERM: another user's job.
 */
export function watchEventlog(flux: Flux, id: bigint, path = 'eventlog'): EventlogWatch {
  return new EventlogWatch(flux, id, path);
}

/** A watch on an eventlog: an async iterator of its entries. */
export class EventlogWatch implements AsyncIterableIterator<DecodedEntry> {
  readonly #flux: Flux;
  readonly #stream: RpcStream<{ event: string }>;
  #done = false;

  constructor(flux: Flux, id: bigint, path: string) {
    this.#flux = flux;
    this.#stream = flux.open(jobInfo.eventlogWatch, { id, path, flags: 0 });
  }

  /** Asks the service to end the watch; entries on their way still come, then the iteration ends. */
  cancel(): void {
    if (!this.#done) this.#flux.tell(jobInfo.eventlogWatchCancel, { matchtag: this.#stream.matchtag });
  }

  async next(): Promise<IteratorResult<DecodedEntry>> {
    try {
      const { done, value } = await this.#stream.next();
      this.#done = done === true;
      return done ? { done: true, value: undefined } : { done: false, value: decodeEntry(value.event) };
    } catch (e) {
      this.#done = true;
      throw e;
    }
  }

  /** Ends the watch, and does not wait for what is on its way: what leaving a loop does. */
  async return(): Promise<IteratorResult<DecodedEntry>> {
    this.cancel();
    this.#done = true;
    await this.#stream.return();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
