import { FluxError, isErrno, type ModuleContext } from 'flux';
import type { ContentDurability } from 'flux/internal';
import type { ContentStore } from './store';
import type { Upstream } from './upstream';

/** Which backing store there is (docs/protocol/content.md §2.4). The first name to register is the only one that may, as long as the broker lives. */
export class Registration {
  readonly #m: ModuleContext;
  readonly #store: ContentStore;
  readonly #backing: Upstream;
  readonly #isLeader: boolean;
  #name: string | undefined;
  #durability: ContentDurability | undefined;
  #active = false;

  private constructor(m: ModuleContext, store: ContentStore, backing: Upstream, isLeader: boolean, name: string | undefined) {
    this.#m = m;
    this.#store = store;
    this.#backing = backing;
    this.#isLeader = isLeader;
    this.#name = name;
  }

  /** `backing` is how the backing store is reached when there is one. Attribute content.backing-module fixes its name beforehand. */
  static async create(m: ModuleContext, store: ContentStore, backing: Upstream): Promise<Registration> {
    const isLeader = (await m.flux.rank()) === 0;
    return new Registration(m, store, backing, isLeader, await presetName(m));
  }

  /**
   * A backing store that says which durability it gives has each store acknowledged when it has the blob; the others get blobs behind
   * (durability none). The first registration settles attributes content.durability and content.backing-module.
   */
  async register(name: string, offered: ContentDurability = 'none'): Promise<void> {
    if (!this.#isLeader) throw new FluxError('EINVAL', 'content backing store can only be registered on rank 0');
    if (this.#active) throw new FluxError('EBUSY', 'content backing store is already active');
    if ((this.#name ?? name) !== name) throw new FluxError('EINVAL', 'content backing store cannot be changed on the fly');
    const durability = this.#durability ?? offered;
    this.#active = true;
    try {
      await this.#m.flux.setattr('content.durability', durability);
      await this.#m.flux.setattr('content.backing-module', name);
    } catch (e) {
      this.#active = false;
      throw e;
    }
    this.#name = name;
    this.#durability = durability;
    this.#m.log.debug(`content backing store: enabled ${name}`);
    this.#store.connect(this.#backing, durability === 'none' ? 'write-back' : 'write-through');
  }

  unregister(): void {
    if (!this.#active) throw new FluxError('EINVAL', 'content backing store is not active');
    this.#active = false;
    const dirty = this.#store.disconnect();
    this.#m.log.debug('content backing store: disabled');
    if (dirty > 0) this.#m.log.err(`${dirty} unflushables`);
  }
}

async function presetName({ flux }: ModuleContext): Promise<string | undefined> {
  try {
    return await flux.getattr('content.backing-module');
  } catch (e) {
    if (isErrno(e, 'ENOENT')) return undefined;
    throw e;
  }
}
