import { FluxError, type Request } from 'flux';
import { Waiting } from './waiting';

/** A root of a namespace: the reference of its directory, and how many transactions led to it. */
export interface Root {
  rootref: string;
  rootseq: number;
}

/** A sync request that waits for a root. */
interface Syncer {
  rootseq: number;
  request: Request;
}

/** A namespace as a rank knows it: who owns it, its current root, and the requests that wait for the next ones. */
export class Namespace {
  readonly name: string;
  readonly owner: number;
  readonly flags: number;
  /** Requests that wait for their transaction, by its name. */
  readonly waiting = new Waiting();
  /** Milliseconds since the epoch of the last root. */
  updated = Date.now();
  /** Blobs of transactions that were stored already. */
  noopStores = 0;
  #root: Root;
  #syncers: Syncer[] = [];
  /** Root changes that are held back (kvs.setroot-pause), in order. */
  #held: (() => void)[] | undefined;

  constructor(name: string, owner: number, root: Root, flags = 0) {
    this.name = name;
    this.owner = owner;
    this.flags = flags;
    this.#root = root;
  }

  get root(): Root {
    return this.#root;
  }

  get syncerCount(): number {
    return this.#syncers.length;
  }

  get idle(): boolean {
    return this.#syncers.length === 0 && this.waiting.size === 0 && !this.#held;
  }

  /** EPERM unless the sender is the instance owner or the namespace's (docs/protocol/kvs.md §6). */
  checkAccess(sender: { authorizedFor(userid: number): boolean }): void {
    if (!sender.authorizedFor(this.owner)) throw new FluxError('EPERM');
  }

  /** Takes a newer root, and answers the sync requests that waited for it. An older one is ignored. */
  setRoot(root: Root): void {
    if (root.rootseq <= this.#root.rootseq) return;
    this.#root = root;
    this.updated = Date.now();
    const ready = this.#syncers.filter(({ rootseq }) => rootseq <= root.rootseq);
    if (ready.length === 0) return;
    this.#syncers = this.#syncers.filter(({ rootseq }) => rootseq > root.rootseq);
    for (const { request } of ready) request.respond({ ...root });
  }

  /** Answers when the root is at `rootseq` or beyond. */
  sync(rootseq: number, request: Request): void {
    if (this.#root.rootseq >= rootseq) request.respond({ ...this.#root });
    else this.#syncers.push({ rootseq, request });
  }

  /** Forgets what a client waits for that is gone. */
  disconnect(gone: Request): void {
    this.#syncers = this.#syncers.filter(({ request }) => request.sender !== gone.sender || !gone.authorizedFor(request.userid));
  }

  /** Fails all that waits: the namespace is gone. */
  fail(error: FluxError): void {
    for (const { request } of this.#syncers.splice(0)) request.respondError(error);
    this.waiting.failAll(error);
    this.resume();
  }

  /** Runs the consequences of a root change, now or when the pause is over. */
  deliver(consequences: () => void): void {
    if (this.#held) this.#held.push(consequences);
    else consequences();
  }

  pause(): void {
    this.#held ??= [];
  }

  resume(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const consequences of held) consequences();
  }
}
