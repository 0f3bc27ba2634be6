import fs from 'node:fs';
import path from 'node:path';
import { IdSet } from '../formats/idset';
import { getAffinity } from '../sys/affinity';
import { FluxError } from '../sys/errors';
import { makeNode, Rlist } from './rlist';

/** An object of a topology: a package, a cache, a core, a PU. */
export interface TopologyObject {
  /** hwloc's name of its type, lower case: `machine`, `pack`, `l3`, `core`, `pu`. */
  type: string;
  /** OS numbers of the processing units below it. */
  pus: IdSet;
  children: TopologyObject[];
}

/** Reads a file below /sys/devices/system/cpu; undefined if it does not exist. */
export type SysReader = (path: string) => string | undefined;

export interface SysOptions {
  /** CPUs to restrict to, or all that are online; the calling thread's affinity unless told. */
  cpus?: IdSet | 'online';
  read?: SysReader;
}

/**
 * The processing units of a machine as a tree of packages and cores, as hwloc shows it: cores are known by their logical index, 0 up, in the order of
 * the tree (docs/protocol/resource-sched.md §5).
 */
export class Topology {
  constructor(readonly root: TopologyObject) {}

  /** The topology of this machine from Linux /sys, restricted to the CPUs that the calling thread may use. Throws ENOENT if no CPU is known. */
  static fromSys(options: SysOptions = {}): Topology {
    const { cpus = IdSet.from(getAffinity()), read = sysReader() } = options;
    const online = parseList(read('online'));
    const usable = cpus === 'online' ? online : (online?.intersect(cpus) ?? cpus);
    if (!usable) throw new FluxError('ENOENT');
    const cores = coresOf(usable, read);
    const packageIds = [...new Set(cores.map((core) => core.packageId))];
    const objects = packageIds.map((id) => {
      const members = cores.filter((core) => core.packageId === id);
      return object(
        'pack',
        members.map(({ pus }) => coreObject(pus)),
      );
    });
    return new Topology(object('machine', objects.sort(byFirstPu)));
  }

  /** Cores by logical index; where there are none, each PU counts as one. */
  cores(): TopologyObject[] {
    const cores = collect(this.root, 'core');
    return cores.length > 0 ? cores : collect(this.root, 'pu');
  }

  /** Number of objects of a type. */
  count(type: string): number {
    return collect(this.root, type).length;
  }

  /** PUs of the cores with the given logical indices. @throws FluxError EINVAL for a core that does not exist */
  pusOfCores(cores: IdSet): IdSet {
    const all = this.cores();
    const pus = new IdSet();
    for (const index of cores) {
      const core = all[index];
      if (!core) throw new FluxError('EINVAL', `core ${index} does not exist`);
      pus.addSet(core.pus);
    }
    return pus;
  }

  /** The part of the topology that holds the given PUs. */
  restrict(pus: IdSet): Topology {
    return new Topology(restrictObject(this.root, pus) ?? { type: this.root.type, pus: new IdSet(), children: [] });
  }

  /** The same without NUMA nodes as levels: they hold memory. */
  withoutMemory(): Topology {
    return new Topology(withoutMemory(this.root));
  }

  /**
   * Distributes the topology over `n` tasks, as evenly as its tree allows (hwloc_distrib): the PUs of each task. What gets no task of its own is added to
   * the one before. With more tasks than PUs several share one.
   */
  distribute(n: number): IdSet[] {
    const sets: IdSet[] = [];
    if (n > 0 && !this.root.pus.isEmpty) distributeOver([this.root], n, sets);
    return sets;
  }

  /** The local resource set: logical core ids, and so many gpus from 0 up. */
  toRlist(rank: number, hostname: string, gpus = 0): Rlist {
    const list = new Rlist();
    const counts = { core: this.cores().length, gpu: gpus };
    const children = Object.entries(counts).flatMap(([name, count]) => (count > 0 ? [[name, IdSet.range(0, count - 1)] as const] : []));
    list.nodes = [makeNode({ rank, hostname }, new Map(children))];
    return list;
  }
}

/** PUs of each of `ntasks` tasks that share the given cores (shell option cpu-affinity=per-task). */
export function distributeTasks(topology: Topology, cores: IdSet, ntasks: number): IdSet[] {
  return topology.restrict(topology.pusOfCores(cores)).distribute(ntasks);
}

// Each object gets a share of tasks by its share of PUs; shares are rounded so that they add up.
function distributeOver(objects: TopologyObject[], n: number, sets: IdSet[]): void {
  const total = objects.reduce((sum, { pus }) => sum + pus.count, 0);
  let before = 0;
  for (const { pus, children } of objects) {
    const after = before + pus.count;
    const share = Math.ceil((after * n) / total) - Math.ceil((before * n) / total);
    before = after;
    if (share === 0) sets.at(-1)?.addSet(pus);
    else if (share === 1 || children.length === 0) for (let i = 0; i < share; i++) sets.push(pus.clone());
    else distributeOver(children, share, sets);
  }
}

function object(type: string, children: TopologyObject[]): TopologyObject {
  const pus = children.reduce((all, child) => all.addSet(child.pus), new IdSet());
  return { type, pus, children };
}

function coreObject(pus: IdSet): TopologyObject {
  return object(
    'core',
    [...pus].map((pu) => ({ type: 'pu', pus: IdSet.of(pu), children: [] })),
  );
}

function byFirstPu(a: { pus: IdSet }, b: { pus: IdSet }): number {
  return a.pus.first()! - b.pus.first()!;
}

function collect(from: TopologyObject, type: string): TopologyObject[] {
  return from.type === type ? [from] : from.children.flatMap((child) => collect(child, type));
}

function restrictObject(from: TopologyObject, pus: IdSet): TopologyObject | undefined {
  const kept = from.pus.intersect(pus);
  if (kept.isEmpty) return undefined;
  const children = from.children.map((child) => restrictObject(child, pus)).filter((child) => child !== undefined);
  return { type: from.type, pus: kept, children };
}

function withoutMemory(from: TopologyObject): TopologyObject {
  const children = from.children.map(withoutMemory).flatMap((child) => (child.type === 'numa' ? child.children : [child]));
  return { ...from, children };
}

interface Core {
  pus: IdSet;
  packageId: string;
}

// Usable CPUs grouped by the core they belong to; cores in order of their first CPU.
function coresOf(usable: IdSet, read: SysReader): Core[] {
  const byCore = new Map<string, Core>();
  for (const cpu of usable) {
    const dir = `cpu${cpu}/topology`;
    const siblings = (read(`${dir}/core_cpus_list`) ?? read(`${dir}/thread_siblings_list`) ?? String(cpu)).trim();
    const packageId = (read(`${dir}/physical_package_id`) ?? '0').trim();
    const core = byCore.get(siblings) ?? { pus: new IdSet(), packageId };
    core.pus.add(cpu);
    byCore.set(siblings, core);
  }
  return [...byCore.values()].sort(byFirstPu);
}

function parseList(text: string | undefined): IdSet | undefined {
  return text === undefined ? undefined : IdSet.parse(text.trim());
}

/** Reads below a folder that is, or is a copy of, a file system's root. */
export function sysReader(root = '/'): SysReader {
  return (file) => {
    try {
      return fs.readFileSync(path.join(root, 'sys/devices/system/cpu', file), 'utf8');
    } catch (e) {
      if ((e as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw e;
    }
  };
}
