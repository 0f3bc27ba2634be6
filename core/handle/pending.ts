import { Flag, MATCHTAG_NONE, type Message } from '../message';
import { FluxError, toFluxError } from '../sys/errors';
import { MatchtagPool } from './matchtags';

/** The receiver of the responses to one request. */
export interface Pending {
  readonly streaming: boolean;
  onResponse(message: Message): void;
  onError(error: FluxError): void;
}

/** The end of a plain RPC: a promise. */
export class SingleResponse<T> implements Pending {
  readonly streaming = false;

  constructor(
    private readonly read: (response: Message) => T,
    private readonly resolve: (value: T) => void,
    readonly onError: (error: FluxError) => void,
  ) {}

  onResponse(response: Message): void {
    try {
      this.resolve(this.read(response));
    } catch (e) {
      this.onError(toFluxError(e));
    }
  }
}

/** The RPCs of one handle that wait for responses, by matchtag (docs/protocol/wire.md §3). A tag is used again when its last response has come. */
export class PendingRpcs {
  readonly #tags = new MatchtagPool();
  /** Tags are dense: an array costs a third of a Map. */
  readonly #waiting: (Pending | undefined)[] = [];
  /** Tags of RPCs that were given up. */
  readonly #dropped = new Set<number>();

  /** Tags in use. */
  get inUse(): number {
    return this.#tags.inUse;
  }

  /** Gives the matchtag to send. EBUSY: there is none left. */
  add(pending: Pending): number {
    const matchtag = this.#tags.alloc();
    this.#waiting[matchtag] = pending;
    return matchtag;
  }

  /** Gives an RPC up; nobody hears of its responses any more. */
  drop(matchtag: number): void {
    if (this.#waiting[matchtag] === undefined) return;
    this.#waiting[matchtag] = undefined;
    this.#dropped.add(matchtag);
  }

  /** The last response has come, though it does not say so. */
  finish(matchtag: number): void {
    if (this.#waiting[matchtag] !== undefined) this.#finish(matchtag);
  }

  /** It was never sent: nothing will answer it. */
  fail(matchtag: number, pending: Pending, error: FluxError): void {
    if (this.#waiting[matchtag] !== pending) return;
    this.#finish(matchtag);
    pending.onError(error);
  }

  /** Gives a response to who waits for it; false if it has no tag, so that it is nobody's. */
  receive(response: Message): boolean {
    const { matchtag } = response;
    if (!isUsable(response)) return true;
    if (matchtag === MATCHTAG_NONE) return false;
    const pending = this.#waiting[matchtag];
    if (pending === undefined) {
      const isLast = response.errnum !== 0 || !response.streaming;
      if (isLast && this.#dropped.delete(matchtag)) this.#tags.release(matchtag);
    } else if (response.topic === undefined || response.errnum !== 0) {
      this.#finish(matchtag);
      pending.onError(response.topic === undefined ? new FluxError('EPROTO') : response.error());
    } else {
      if (!pending.streaming) this.#finish(matchtag);
      pending.onResponse(response);
    }
    return true;
  }

  /** The connection has ended: all fail. */
  failAll(error: FluxError): void {
    for (const [matchtag, pending] of this.#waiting.entries()) {
      if (pending === undefined) continue;
      this.#finish(matchtag);
      pending.onError(error);
    }
  }

  #finish(matchtag: number): void {
    this.#waiting[matchtag] = undefined;
    this.#tags.release(matchtag);
  }
}

/** Whether libflux would accept a response (docs/protocol/wire.md §3): it has the route flag, an empty stack, and a role. */
function isUsable({ flags, routes, rolemask }: Message): boolean {
  return (flags & Flag.route) !== 0 && routes?.length === 0 && rolemask !== 0;
}
