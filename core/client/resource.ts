import type { IdSet } from '../formats/idset';
import type { JsonObject, Real } from '../formats/json';
import type { Flux } from '../handle/flux';
import type { RpcStream } from '../handle/rpc-stream';
import type { ReceivedFrom } from '../protocol';
import { resource } from '../protocol/resource';
import { sched } from '../protocol/sched';

/** How the resource module came to know the resources of the instance. */
export type ResourceMethod = ReceivedFrom<typeof resource.get>['method'];

/** Why, and since when (seconds since the epoch), ranks are drained. `reason` is empty if none was given. */
export type DrainInfo = {
  timestamp: number | Real;
  reason: string;
};

/** State of the instance's resources; sets of ranks are idsets. */
export interface ResourceStatus {
  /** R of all resources (RFC 20). */
  R: JsonObject;
  /** Drained ranks: idset to reason. */
  drain: Record<string, DrainInfo>;
  online: string;
  offline: string;
  exclude: string;
}

/** A response of resource.acquire: the first has `resources` and `up`, later ones what changed. */
export type AcquireUpdate = {
  resources?: JsonObject;
  up?: string;
  down?: string;
};

/** Resources as the scheduler sees them (sched.resource-status): each an R. */
export interface SchedulerStatus {
  all: Record<string, unknown>;
  allocated: Record<string, unknown>;
  down: Record<string, unknown>;
}

/** The resources of an instance: service `resource` of rank 0 (flux-resource(1)). For the instance owner. */
export class Resources {
  readonly #flux: Flux;

  constructor(flux: Flux) {
    this.#flux = flux;
  }

  /** ENOENT while the resources are not known yet. */
  status(): Promise<ResourceStatus> {
    return this.#flux.call(resource.status, undefined, leader);
  }

  /** R as a rank knows it (default: this one), and how it came by it. ENOENT while unknown. */
  get(nodeid?: number): Promise<{ R: JsonObject; method: ResourceMethod }> {
    return this.#flux.call(resource.get, undefined, nodeid === undefined ? {} : { nodeid });
  }

  /** Keeps ranks from being scheduled. `targets`: an idset, else a hostlist. EINVAL with a text for bad ones. */
  async drain(targets: string | IdSet, reason = ''): Promise<void> {
    await this.#flux.call(resource.drain, { targets: targets.toString(), reason }, leader);
  }

  /** Lets drained ranks be scheduled again. EINVAL `rank N not drained`: nothing is changed. */
  async undrain(targets: string | IdSet): Promise<void> {
    await this.#flux.call(resource.undrain, { targets: targets.toString() }, leader);
  }

  /** Replaces R by that of a file, or of a directory of hwloc XML files named RANK.xml. EBUSY while a scheduler holds the resources. */
  async reload(path: string, { xml = false, force = false } = {}): Promise<void> {
    await this.#flux.call(resource.reload, { path, xml, force }, leader);
  }

  /** hwloc XML of each rank, null where it is unknown; waits until all ranks have told theirs. */
  async xml(): Promise<(string | null)[]> {
    return (await this.#flux.call(resource.getXml, undefined, leader)).xml;
  }

  /** Resolves when exactly this many ranks are online. */
  async waitUp(ranks: number): Promise<void> {
    await this.#flux.call(resource.monitorWaitup, { up: ranks }, leader);
  }

  /** Takes the resources over, as a scheduler does. EBUSY if another one has them. End it with release(). */
  acquire(): RpcStream<AcquireUpdate> {
    return this.#flux.open(resource.acquire, undefined, leader);
  }

  /** Ends an acquire stream. */
  release(stream: RpcStream<AcquireUpdate>): void {
    this.#flux.tell(resource.acquireCancel, { matchtag: stream.matchtag }, leader);
  }

  /** All resources, those allocated and those down, as the scheduler sees them. ENOSYS without a scheduler. For any user. */
  schedulerStatus(): Promise<SchedulerStatus> {
    return this.#flux.call(sched.resourceStatus);
  }

  /** Whether the scheduler could ever satisfy a jobspec. EOVERFLOW, EINVAL with a text if not. For any user. */
  async checkFeasible(jobspec: object): Promise<void> {
    await this.#flux.call(sched.feasibility, { jobspec });
  }
}

const leader = { nodeid: 0 };
