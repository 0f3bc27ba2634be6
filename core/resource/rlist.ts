import { Hostlist } from '../formats/hostlist';
import { IDSET_FLAG, IdSet } from '../formats/idset';
import { decodeJson, encodeJson, type JsonValue } from '../formats/json';
import { FluxError } from '../sys/errors';
import { addIds, childrenKey, type DecodedR, decodeR, encodeR, type R, type RankResources, sortedTypes } from './R';

/** A node of a resource set with its state in the scheduler: `allocated` is the part of its cores that is taken. */
export interface ResourceNode extends RankResources {
  up: boolean;
  allocated: IdSet;
}

/** Cores of a node that can be allocated now. */
export function freeCores(node: ResourceNode): IdSet {
  return node.up ? idleCores(node) : new IdSet();
}

/**
 * A resource set: what an R describes, the operations of `flux R` (flux-R(1)) and the inventory of a scheduler, whose nodes are up or down and whose
 * cores free or allocated (docs/protocol/resource-sched.md §4). The order of nodes is that of a parsed R; ranks changed by diff and union move to the
 * end.
 */
export class Rlist {
  nodes: ResourceNode[] = [];
  /** Seconds since the epoch; 0 if unset. */
  starttime = 0;
  expiration = 0;
  scheduling: JsonValue | undefined;

  /** Set of an R object or its JSON text. @throws FluxError EINVAL, EEXIST; EPROTO if the text is not JSON */
  static fromR(r: unknown): Rlist {
    const decoded = decodeR(typeof r === 'string' ? decodeJson(r, { reals: true }) : r);
    const list = new Rlist();
    list.nodes = decoded.ranks.map((node) => ({ ...node, up: true, allocated: new IdSet() }));
    list.starttime = decoded.starttime;
    list.expiration = decoded.expiration;
    list.scheduling = decoded.scheduling;
    return list;
  }

  /** The set as an R object: all resources, whatever their state. Its reals are Real, for encodeJson. */
  toR(): R {
    const { starttime, expiration, scheduling } = this;
    const decoded: DecodedR = { ranks: this.nodes, starttime, expiration, ...(scheduling === undefined ? {} : { scheduling }) };
    return encodeR(decoded);
  }

  /** Compact JSON text of the R object. */
  encode(): string {
    return encodeJson(this.toR());
  }

  /** Short form `rank[0-1]/core[0-3],gpu[0-1] rank2/core0` of what is up and not allocated. */
  dumps(): string {
    const groups = new Map<string, { ranks: IdSet; text: string }>();
    for (const node of this.nodes) {
      if (!node.up) continue;
      const children = new Map(node.children).set('core', idleCores(node));
      const key = childrenKey(children);
      if (key === '') continue;
      const group = groups.get(key) ?? { ranks: new IdSet(), text: childrenText(children) };
      group.ranks.add(node.rank);
      groups.set(key, group);
    }
    return [...groups.values()].map(({ ranks, text }) => `rank${ids(ranks)}/${text}`).join(' ');
  }

  ranks(): IdSet {
    return IdSet.from(this.nodes.map((node) => node.rank));
  }

  /** Hosts in rank order; undefined if a rank has no hostname. */
  hosts(): Hostlist | undefined {
    const names = this.nodes.toSorted((a, b) => a.rank - b.rank).map((node) => node.hostname);
    return names.every((name) => name !== undefined) ? Hostlist.of(...names) : undefined;
  }

  node(rank: number): ResourceNode | undefined {
    return this.nodes.find((node) => node.rank === rank);
  }

  /** Number of ids of a type over all ranks; `node`: number of ranks. */
  count(type: string): number {
    return type === 'node' ? this.nodes.length : this.nodes.reduce((count, node) => count + (node.children.get(type)?.count ?? 0), 0);
  }

  /** Number of cores that can be allocated now. */
  freeCount(): number {
    return this.nodes.reduce((count, node) => count + freeCores(node).count, 0);
  }

  get isEmpty(): boolean {
    return this.nodes.length === 0;
  }

  copy(): Rlist {
    const copy = this.derived(this.nodes.map(copyNode), this.scheduling);
    copy.starttime = this.starttime;
    copy.expiration = this.expiration;
    return copy;
  }

  /** A copy with everything up and nothing allocated: what could ever be. */
  copyEmpty(): Rlist {
    const copy = this.copy();
    for (const node of copy.nodes) {
      node.up = true;
      node.allocated.clear();
    }
    return copy;
  }

  /** The allocated cores. */
  copyAllocated(): Rlist {
    const taken = this.nodes.filter((node) => !node.allocated.isEmpty);
    return this.derived(taken.map((node) => makeNode(node, new Map([['core', node.allocated.clone()]]))));
  }

  /** The nodes that are down, whole. */
  copyDown(): Rlist {
    return this.derived(this.nodes.filter((node) => !node.up).map((node) => makeNode(node, copyChildren(node.children))));
  }

  /** The nodes of the given ranks. */
  copyRanks(ranks: IdSet): Rlist {
    const copy = this.copy();
    copy.nodes = copy.nodes.filter((node) => ranks.has(node.rank));
    return copy;
  }

  /** The nodes of all other ranks. */
  withoutRanks(ranks: IdSet): Rlist {
    return this.copyRanks(this.ranks().difference(ranks));
  }

  /** This and the other set; per rank, the hostname of the first wins. @throws FluxError EEXIST if they overlap */
  append(other: Rlist): Rlist {
    const result = this.derived(this.nodes.map(copyNode), this.scheduling ?? other.scheduling);
    const byRank = nodesByRank(result.nodes);
    for (const node of other.nodes) {
      const present = byRank.get(node.rank);
      if (present) mergeNode(present, node);
      else result.nodes.push(copyNode(node));
    }
    return result;
  }

  /** This set without the ids of the other; hostnames are not compared. */
  diff(other: Rlist): Rlist {
    const byRank = nodesByRank(this.nodes.map(copyNode));
    for (const { rank, children } of other.nodes) {
      const node = byRank.get(rank);
      if (!node || ![...children].some(([type, ids]) => node.children.get(type)?.hasIntersection(ids))) continue;
      byRank.delete(rank);
      for (const [type, ids] of children) node.children.get(type)?.removeSet(ids);
      if (hasIds(node)) byRank.set(rank, node);
    }
    return this.derived([...byRank.values()], this.scheduling);
  }

  union(other: Rlist): Rlist {
    return this.diff(other).append(other);
  }

  /** Ids that both have, on ranks whose hostnames do not contradict. */
  intersect(other: Rlist): Rlist {
    const byRank = nodesByRank(other.nodes);
    const nodes: ResourceNode[] = [];
    for (const node of this.nodes) {
      const match = byRank.get(node.rank);
      if (!match || (node.hostname !== undefined && match.hostname !== undefined && node.hostname !== match.hostname)) continue;
      const children = new Map(
        [...node.children].map(([type, ids]) => [type, ids.intersect(match.children.get(type) ?? new IdSet())] as const),
      );
      const common = makeNode({ ...node, hostname: node.hostname ?? match.hostname }, children);
      if (hasIds(common)) nodes.push(common);
    }
    return this.derived(nodes, nodes.length > 0 ? this.scheduling : undefined);
  }

  /** Renumbers ranks from 0 in ascending order, and the ids of each type but gpu. */
  remap(): this {
    for (const [i, node] of this.nodes.toSorted((a, b) => a.rank - b.rank).entries()) {
      node.rank = i;
      for (const [type, ids] of node.children)
        if (type !== 'gpu') node.children.set(type, ids.isEmpty ? ids : IdSet.range(0, ids.count - 1));
    }
    return this;
  }

  /**
   * Gives each host the rank that is its index in `hosts`.
   * @throws FluxError EINVAL for a bad hostlist, EOVERFLOW for more hosts than nodes, ENOSPC for fewer, ENOENT for a host that has no node
   */
  rerank(hosts: string): this {
    const names = [...Hostlist.parse(hosts)];
    if (names.length > this.nodes.length) throw new FluxError('EOVERFLOW');
    if (names.length < this.nodes.length) throw new FluxError('ENOSPC');
    const waiting = new Set(this.nodes);
    const targets = names.map((name) => {
      const ofName = this.nodes.filter((node) => node.hostname === name);
      const node = ofName.find((candidate) => waiting.has(candidate)) ?? ofName[0];
      if (!node) throw new FluxError('ENOENT');
      waiting.delete(node);
      return node;
    });
    for (const [rank, node] of targets.entries()) node.rank = rank;
    return this;
  }

  markUp(ranks: IdSet): this {
    return this.mark(ranks, true);
  }

  markDown(ranks: IdSet): this {
    return this.mark(ranks, false);
  }

  /** Marks the cores of an R as taken; all or nothing. @throws FluxError ENOENT for cores that do not exist, EEXIST for cores that are taken */
  setAllocated(r: Rlist): this {
    return this.change(r, (node, cores) => {
      if (node.allocated.hasIntersection(cores)) throw new FluxError('EEXIST');
      return node.allocated.union(cores);
    });
  }

  /** Gives the cores of an R back; all or nothing. @throws FluxError ENOENT for cores that do not exist, EEXIST for cores that are not taken */
  free(r: Rlist): this {
    return this.change(r, (node, cores) => {
      if (!cores.difference(node.allocated).isEmpty) throw new FluxError('EEXIST');
      return node.allocated.difference(cores);
    });
  }

  private change(r: Rlist, allocatedAfter: (node: ResourceNode, cores: IdSet) => IdSet): this {
    const byRank = nodesByRank(this.nodes);
    const changes = r.nodes.map(({ rank, children }) => {
      const node = byRank.get(rank);
      const cores = children.get('core') ?? new IdSet();
      if (!node || !cores.difference(node.children.get('core') ?? new IdSet()).isEmpty) throw new FluxError('ENOENT');
      return [node, allocatedAfter(node, cores)] as const;
    });
    for (const [node, allocated] of changes) node.allocated = allocated;
    return this;
  }

  private mark(ranks: IdSet, up: boolean): this {
    for (const node of this.nodes) if (ranks.has(node.rank)) node.up = up;
    return this;
  }

  private derived(nodes: ResourceNode[], scheduling?: JsonValue): Rlist {
    const list = new Rlist();
    list.nodes = nodes;
    list.scheduling = scheduling;
    return list;
  }
}

/** A node that is up and has nothing allocated. */
export function makeNode(of: { rank: number; hostname?: string | undefined }, children: Map<string, IdSet>): ResourceNode {
  const { rank, hostname } = of;
  return { rank, ...(hostname === undefined ? {} : { hostname }), children, up: true, allocated: new IdSet() };
}

/** Text of ids after their type: `core[0-3],gpu0`. */
export function childrenText(children: ReadonlyMap<string, IdSet>): string {
  return sortedTypes(children)
    .map((type) => `${type}${ids(children.get(type)!)}`)
    .join(',');
}

function ids(set: IdSet): string {
  return set.encode(IDSET_FLAG.RANGE | IDSET_FLAG.BRACKETS);
}

function idleCores(node: ResourceNode): IdSet {
  const cores = node.children.get('core') ?? new IdSet();
  return node.allocated.isEmpty ? cores : cores.difference(node.allocated);
}

function hasIds(node: ResourceNode): boolean {
  return [...node.children.values()].some((set) => !set.isEmpty);
}

function nodesByRank(nodes: ResourceNode[]): Map<number, ResourceNode> {
  return new Map(nodes.map((node) => [node.rank, node]));
}

function copyChildren(children: ReadonlyMap<string, IdSet>): Map<string, IdSet> {
  return new Map([...children].map(([type, set]) => [type, set.clone()]));
}

function copyNode(node: ResourceNode): ResourceNode {
  return { ...node, children: copyChildren(node.children), allocated: node.allocated.clone() };
}

function mergeNode(node: ResourceNode, other: ResourceNode): void {
  for (const [type, set] of other.children) addIds(node, type, set);
  if (node.hostname === undefined && other.hostname !== undefined) node.hostname = other.hostname;
}
