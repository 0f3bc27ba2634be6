import { type ModuleContext, resource } from 'flux';
import { InstanceR } from './instance-r';
import { discover, type LocalResources } from './local';
import { Reduction, reductionPayload } from './reduction';
import type { ResourceConf, ResourceSettings } from './settings';
import { fromConfiguration, fromTreeParent, readRFile } from './sources';
import { reasonToDrain } from './verify';

type Context = Pick<ModuleContext, 'flux' | 'log' | 'env' | 'config'>;

/** The resource module on other ranks: tells what this subtree has, and verifies what is said of this rank (docs/protocol/resource-sched.md §6). */
export class ResourceFollower {
  readonly inventory = new InstanceR();
  readonly local: LocalResources;
  readonly #m: Context;
  readonly #rank: number;
  readonly #settings: ResourceSettings;
  readonly reduction: Reduction;

  constructor(m: Context, { rank, descendants, settings }: { rank: number; descendants: number; settings: ResourceSettings }) {
    this.#m = m;
    this.#rank = rank;
    this.#settings = settings;
    this.local = discover(m, rank);
    this.reduction = new Reduction(descendants, (whole) => {
      m.flux.tell(resource.topoReduce, reductionPayload(whole), { nodeid: 'upstream' });
    });
  }

  async start(): Promise<void> {
    const { path } = this.#settings;
    const known = path === undefined ? await fromTreeParent(this.#m.flux) : await fromConfiguration(this.#m, path);
    if (known) this.inventory.set(known);
    await this.#verify();
    this.reduction.addLocal(this.#rank, this.local);
  }

  /** `[resource]` has changed: nothing follows at once, but it must be right. */
  async configure({ path }: ResourceConf): Promise<void> {
    if (path !== undefined) await readRFile(path);
  }

  async #verify(): Promise<void> {
    const { known } = this.inventory;
    if (!known || this.#settings.noverify) return;
    const reason = reasonToDrain(this.#m, known, this.local);
    if (reason !== undefined) await this.#m.flux.call(resource.drain, { targets: String(this.#rank), reason }, { nodeid: 0 });
  }
}
