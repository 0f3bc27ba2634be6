import { decodeEntry, decodeEventlog, type Flux, FluxError, isErrno, jobKvsKey, Kvs, type Request } from 'flux';
import { linesOf, nameOf, phaseOf, watchLines } from './eventlog';

/** A request for an eventlog: a path in the job's directory, or (`guest`) in its guest namespace. */
export interface WatchWanted {
  id: bigint;
  path: string;
  guest?: boolean | undefined;
}

interface Watch {
  sender: string;
  matchtag: number;
  abort: AbortController;
  guest: boolean;
}

const GUEST = 'guest.';

/** Eventlogs that clients watch (docs/protocol/job-info-list.md §4, "eventlog-watch"). */
export class EventlogWatches {
  readonly #flux: Flux;
  readonly #watches = new Set<Watch>();

  constructor(flux: Flux) {
    this.#flux = flux;
  }

  get counts(): { watchers: number; guest_watchers: number } {
    const guest = [...this.#watches].filter((watch) => watch.guest).length;
    return { watchers: this.#watches.size, guest_watchers: guest };
  }

  /** The responses of a watch: one entry's line each. */
  async *open(request: Request, wanted: WatchWanted): AsyncGenerator<{ event: string }, void, void> {
    const { sender, matchtag } = request;
    const guest = wanted.guest === true || wanted.path.startsWith(GUEST);
    const watch: Watch = { sender, matchtag, abort: new AbortController(), guest };
    this.#watches.add(watch);
    const gone = () => watch.abort.abort();
    request.signal.addEventListener('abort', gone, { once: true });
    try {
      for await (const event of this.#lines(wanted, watch.abort.signal)) yield { event };
    } finally {
      this.#watches.delete(watch);
      request.signal.removeEventListener('abort', gone);
    }
  }

  /** Ends the sender's watch with this matchtag; it gets ENODATA. */
  cancel(sender: string, matchtag: number): void {
    for (const watch of this.#watches) if (watch.sender === sender && watch.matchtag === matchtag) watch.abort.abort();
  }

  #lines({ id, path, guest }: WatchWanted, signal: AbortSignal): AsyncGenerator<string, void, void> {
    if (guest) return watchLines(this.#flux, `job-${id}`, path, signal);
    if (path === 'eventlog') return this.#mainLines(id, signal);
    if (path.startsWith(GUEST)) return this.#guestLines(id, path, signal);
    return watchLines(this.#flux, 'primary', jobKvsKey(id, path), signal);
  }

  /** The main eventlog ends with `clean`. */
  async *#mainLines(id: bigint, signal: AbortSignal): AsyncGenerator<string, void, void> {
    for await (const line of watchLines(this.#flux, 'primary', jobKvsKey(id, 'eventlog'), signal)) {
      yield line;
      if (nameOf(line) === 'clean') return;
    }
  }

  /**
   * A guest eventlog is in the guest namespace while the job runs and in the primary one afterwards: followed from the one to the other, without loss or
   * duplicates.
   */
  async *#guestLines(id: bigint, path: string, signal: AbortSignal): AsyncGenerator<string, void, void> {
    let sent = 0;
    const phase = phaseOf(decodeEventlog(await new Kvs(this.#flux).getText(jobKvsKey(id, 'eventlog'))));
    if (phase === 'waiting' && !(await this.#started(id, signal))) return;
    if (phase !== 'released') {
      try {
        for await (const line of watchLines(this.#flux, `job-${id}`, path.slice(GUEST.length), signal)) {
          yield line;
          sent++;
        }
        return; // cancelled
      } catch (e) {
        if (!isErrno(e, 'ENOTSUP') && !isErrno(e, 'EOPNOTSUPP')) throw e;
      }
      const released = await this.#released(id, signal);
      if (signal.aborted) return; // cancelled
      if (!released) throw new FluxError('ENOENT');
    }
    for (const line of linesOf(await new Kvs(this.#flux).getText(jobKvsKey(id, path))).slice(sent)) yield line;
  }

  /** Waits for `start`; false when the job ends without it. */
  #started(id: bigint, signal: AbortSignal): Promise<boolean> {
    return this.#waitFor(id, signal, (line) => nameOf(line) === 'start');
  }

  /** The copy is in the primary namespace before the guest namespace goes: usually true at once. */
  #released(id: bigint, signal: AbortSignal): Promise<boolean> {
    return this.#waitFor(id, signal, (line) => decodeEntry(line).name === 'release' || nameOf(line) === 'clean');
  }

  async #waitFor(id: bigint, signal: AbortSignal, found: (line: string) => boolean): Promise<boolean> {
    for await (const line of this.#mainLines(id, signal)) if (found(line)) return true;
    return false;
  }
}
