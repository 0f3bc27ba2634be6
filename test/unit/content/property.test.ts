import { blobrefOf, FluxError } from '../../../core';
import { BlobCache } from '../../../plugins/content/blob-cache';
import { ContentStore, type StoreRule } from '../../../plugins/content/store';
import type { Upstream } from '../../../plugins/content/upstream';
import { type Random, randomFrom } from '../../support/random';

const settings = { hash: 'sha1', blobSizeLimit: 1000, flushBatchLimit: 3, purgeTargetSize: 0, purgeOldEntry: 0 } as const;
const universe = Array.from({ length: 12 }, (_, i) => Buffer.from(`blob ${i} ${'.'.repeat(i)}`));
const never = blobrefOf('nobody stores this');
/** What may go wrong while the backing store fails, or is not there. */
const stormy = ['EIO', 'ENOENT', 'ENOSYS'];

describe.each<StoreRule>(['write-back', 'write-through'])('three ranks over a backing store that fails now and then, %s', (rule) => {
  test.each(Array.from({ length: 25 }, (_, i) => i + 1))('agree with a set of blobs (seed %i)', async (seed) => {
    await new Trial(seed, rule).run();
  });
});

/** Three caches in a chain, and a set of the blobs whose store was acknowledged. */
class Trial {
  readonly #below: Random;
  readonly #rule: StoreRule;
  readonly #acknowledged = new Set<string>();
  /** Messages on their way: any of them may arrive next. */
  readonly #underWay: (() => void)[] = [];
  readonly #operations = new Set<Promise<void>>();
  /** What an operation met that it should not have. */
  readonly #failures: unknown[] = [];
  readonly #backing = new Map<string, Buffer>();
  readonly #caches: BlobCache[] = [];
  readonly #ranks: ContentStore[] = [];
  #storm = false;
  #backed = false;
  #now = 0;

  constructor(seed: number, rule: StoreRule) {
    this.#below = randomFrom(seed);
    this.#rule = rule;
    for (let rank = 0; rank < 3; rank++) {
      const cache = new BlobCache(() => this.#now++);
      this.#caches.push(cache);
      this.#ranks.push(new ContentStore({ cache, settings }));
      if (rank > 0) this.#ranks[rank]!.connect(this.#late(this.#ranks[rank - 1]!), 'write-through');
    }
  }

  async run(): Promise<void> {
    for (let phase = 0; phase < 6; phase++) {
      this.#storm = phase % 2 === 1;
      this.#setBacked(false);
      this.#setBacked(!this.#storm);
      for (let step = 0; step < 60; step++) await this.#step();
      await this.#settle();
      if (!this.#storm) expect(this.#caches[0]!.dirtyCount).toBe(0);
    }
    this.#storm = false;
    this.#setBacked(true);
    for (const rank of [...this.#ranks].reverse()) await this.#done(rank.flush());
    for (const ref of this.#acknowledged) expect(blobrefOf(this.#backing.get(ref)!)).toBe(ref);
    for (const cache of this.#caches) {
      expect(cache.dirtyCount).toBe(0);
      cache.drop();
      expect(cache.stats).toEqual({ count: 0, valid: 0, dirty: 0, size: 0 });
    }
  }

  async #step(): Promise<void> {
    const at = this.#below(3);
    const [store, cache] = [this.#ranks[at]!, this.#caches[at]!];
    const dice = this.#below(20);
    if (dice < 5) this.#start(this.#store(store));
    else if (dice < 10) this.#start(this.#load(store));
    else if (dice < 11) this.#start(this.#flush(store));
    else if (dice < 12) cache.drop();
    else if (dice < 13) cache.purge(this.#below(100), 0);
    else if (dice < 14 && this.#storm) this.#setBacked(this.#below(2) === 0);
    else this.#arrive();
    const { count, valid, dirty, size } = cache.stats;
    expect(dirty <= count && valid === count && size >= 0 && cache.dirtyCount === dirty).toBe(true);
    await turn();
  }

  async #store(store: ContentStore): Promise<void> {
    const blob = universe[this.#below(universe.length)]!;
    const calm = !this.#storm;
    try {
      const ref = await store.store(blob);
      expect(ref).toBe(blobrefOf(blob));
      this.#acknowledged.add(ref);
    } catch (e) {
      this.#expectStorm(calm, e);
    }
  }

  async #load(store: ContentStore): Promise<void> {
    const unknown = this.#below(6) === 0;
    const ref = unknown ? never : blobrefOf(universe[this.#below(universe.length)]!);
    const [calm, must] = [!this.#storm, this.#acknowledged.has(ref)];
    try {
      expect(blobrefOf(await store.load(ref))).toBe(ref);
      expect(unknown).toBe(false);
    } catch (e) {
      if (must || !(e instanceof FluxError) || e.code !== 'ENOENT') this.#expectStorm(calm, e);
    }
  }

  async #flush(store: ContentStore): Promise<void> {
    const calm = !this.#storm;
    await store.flush().catch((e) => this.#expectStorm(calm, e));
  }

  #expectStorm(calm: boolean, e: unknown): void {
    if (calm || !(e instanceof FluxError) || !stormy.includes(e.code)) throw e;
  }

  #setBacked(backed: boolean): void {
    if (backed === this.#backed) return;
    this.#backed = backed;
    if (!backed) this.#ranks[0]!.disconnect();
    else this.#ranks[0]!.connect(this.#late(this.#backingStore()), this.#rule);
  }

  #backingStore(): Upstream {
    const fail = () => {
      if (this.#storm && this.#below(3) === 0) throw new FluxError('EIO');
    };
    return {
      load: async (ref) => {
        fail();
        const blob = this.#backing.get(ref);
        if (!blob) throw new FluxError('ENOENT');
        return blob;
      },
      store: async (blob) => {
        fail();
        this.#backing.set(blobrefOf(blob), blob);
        return blobrefOf(blob);
      },
    };
  }

  /** Requests and responses arrive when they are let. */
  #late(target: Upstream): Upstream {
    const arrival = () => new Promise<void>((arrive) => void this.#underWay.push(arrive));
    const through = async <T>(work: () => Promise<T>): Promise<T> => {
      await arrival();
      try {
        return await work();
      } finally {
        await arrival();
      }
    };
    return { load: (ref) => through(() => target.load(ref)), store: (blob) => through(() => target.store(blob)) };
  }

  #arrive(): void {
    this.#underWay.splice(this.#below(this.#underWay.length), 1)[0]?.();
  }

  #start(operation: Promise<void>): void {
    const running: Promise<void> = operation.catch((e) => void this.#failures.push(e)).finally(() => this.#operations.delete(running));
    this.#operations.add(running);
  }

  async #settle(): Promise<void> {
    await this.#done(Promise.all(this.#operations));
    expect(this.#failures).toEqual([]);
    while (this.#underWay.length > 0) {
      this.#arrive();
      await turn();
    }
  }

  /** Lets messages arrive until it is done. */
  async #done(work: Promise<unknown>): Promise<void> {
    let running = true;
    const ended = work.finally(() => {
      running = false;
    });
    ended.catch(() => {});
    while (running) {
      this.#arrive();
      await turn();
    }
    await ended;
  }
}

const turn = () => new Promise<void>(setImmediate);
