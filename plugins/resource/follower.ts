import type { ModuleContext, Request } from 'flux';
import { InstanceR } from './instance-r';
import { discover, type LocalResources } from './local';
import { Reduction, reductionPayload } from './reduction';
import { type ResourceSettings, readConf } from './settings';
import { fromConfiguration, fromTreeParent, readRFile } from './sources';
import { reasonToDrain } from './verify';

/** The resource module on other ranks: tells what this subtree has, and verifies what is said of this rank (contract: resource-sched.md, 6). */
export class ResourceFollower {
  readonly inventory = new InstanceR();
  readonly local: LocalResources;
  readonly #m: ModuleContext;
  readonly #rank: number;
  readonly #settings: ResourceSettings;
  readonly #reduction: Reduction;

  constructor(m: ModuleContext, { rank, descendants, settings }: { rank: number; descendants: number; settings: ResourceSettings }) {
    this.#m = m;
    this.#rank = rank;
    this.#settings = settings;
    this.local = discover(m, rank);
    this.#reduction = new Reduction(descendants, (whole) => {
      m.flux.notify('resource.topo-reduce', reductionPayload(whole), { nodeid: 'upstream' });
    });
  }

  async start(): Promise<void> {
    const { path } = this.#settings;
    const known = path === undefined ? await fromTreeParent(this.#m.flux) : await fromConfiguration(this.#m, path);
    if (known) this.inventory.set(known);
    await this.#verify();
    this.#reduction.addLocal(this.#rank, this.local);
  }

  reduce(request: Request): void {
    this.#reduction.receive(request);
  }

  /** `[resource]` has changed: nothing follows at once, but it must be right. */
  async configure(config: Record<string, unknown>): Promise<void> {
    const { path } = readConf(config);
    if (path !== undefined) await readRFile(path);
  }

  async #verify(): Promise<void> {
    const { known } = this.inventory;
    if (!known || this.#settings.noverify) return;
    const reason = reasonToDrain(this.#m, known, this.local);
    if (reason !== undefined) await this.#m.flux.rpc('resource.drain', { targets: String(this.#rank), reason }, { nodeid: 0 });
  }
}
