import { errorText, FluxError, groups, IdSet, type ModuleContext, NO_RESPONSE, type Request } from 'flux';

/** Brokers that are online: the members of group `broker.online`. */
export class OnlineRanks {
  readonly #size: number;
  readonly #changed: (change: { online: IdSet; offline: IdSet }) => void;
  readonly #waiting = new Set<{ request: Request; up: number }>();
  #ranks = new IdSet();

  constructor(size: number, changed: (change: { online: IdSet; offline: IdSet }) => void) {
    this.#size = size;
    this.#changed = changed;
  }

  get ranks(): IdSet {
    return this.#ranks;
  }

  get offline(): IdSet {
    return IdSet.range(0, this.#size - 1).difference(this.#ranks);
  }

  /** Takes all ranks for online, for good. */
  force(): void {
    this.#ranks = IdSet.range(0, this.#size - 1);
  }

  /** Follows the group for as long as the module lives. */
  async follow({ flux, signal, log }: Pick<ModuleContext, 'flux' | 'signal' | 'log'>): Promise<void> {
    try {
      for await (const { members } of flux.open(groups.get, { name: 'broker.online' }, { signal })) {
        this.#set(IdSet.parse(members));
      }
    } catch (e) {
      if (!signal.aborted) log.err(`monitor: broker.online: ${errorText(e)}`);
    }
  }

  /** Answers when exactly `up` ranks are online. */
  wait(request: Request, up: number): typeof NO_RESPONSE | undefined {
    if (up < 0 || up > this.#size) throw new FluxError('EPROTO', 'up value is out of range');
    if (this.#ranks.count === up) return undefined;
    this.#waiting.add({ request, up });
    return NO_RESPONSE;
  }

  /** Forgets what a client waits for. */
  disconnect(sender: string): void {
    for (const waiter of this.#waiting) if (waiter.request.sender === sender) this.#waiting.delete(waiter);
  }

  #set(ranks: IdSet): void {
    const change = { online: ranks.difference(this.#ranks), offline: this.#ranks.difference(ranks) };
    this.#ranks = ranks;
    this.#changed(change);
    for (const waiter of this.#waiting) {
      if (waiter.up !== ranks.count) continue;
      this.#waiting.delete(waiter);
      waiter.request.respond();
    }
  }
}
