import { IdSet } from '../formats/idset';
import { FluxError } from '../sys/errors';
import type { ResourceRequest } from './request';
import { freeCores, makeNode, type ResourceNode, Rlist } from './rlist';

/** Ways to choose nodes for a request without a node count. */
export const allocModes = ['worst-fit', 'best-fit', 'first-fit'] as const;
export type AllocMode = (typeof allocModes)[number];

/** What a placement takes: cores by node. */
type Placement = Map<ResourceNode, IdSet>;

/**
 * Allocates a request from the inventory and returns the cores taken, as sched-simple does (docs/protocol/resource-sched.md §7.6). A failure changes
 * nothing.
 * @throws FluxError EINVAL for a bad request, ENOSPC if it cannot be placed now but could be, EOVERFLOW if it can never be
 */
export function allocate(inventory: Rlist, request: ResourceRequest, mode: AllocMode = 'worst-fit'): Rlist {
  const { nnodes, nslots, slotSize } = request;
  if (nslots <= 0 || slotSize <= 0 || nnodes < 0) throw new FluxError('EINVAL');
  if (nslots * slotSize > inventory.count('core')) throw new FluxError('EOVERFLOW');
  const placement = nslots * slotSize > inventory.freeCount() ? undefined : place(inventory, request, mode);
  if (!placement) throw new FluxError(place(inventory.copyEmpty(), request, mode) ? 'ENOSPC' : 'EOVERFLOW');
  return take(placement);
}

/** Checks that the request could be placed if everything were free and up. @throws FluxError EINVAL, EOVERFLOW */
export function checkFeasible(inventory: Rlist, request: ResourceRequest, mode: AllocMode = 'worst-fit'): void {
  allocate(inventory.copyEmpty(), request, mode);
}

function take(placement: Placement): Rlist {
  const result = new Rlist();
  for (const [node, cores] of placement) {
    node.allocated = node.allocated.union(cores);
    result.nodes.push(makeNode(node, new Map([['core', cores]])));
  }
  result.nodes.sort((a, b) => a.rank - b.rank);
  return result;
}

function place(inventory: Rlist, request: ResourceRequest, mode: AllocMode): Placement | undefined {
  const byRank = inventory.nodes.filter((node) => node.up).sort((a, b) => a.rank - b.rank);
  const free = new Map(byRank.map((node) => [node, freeCores(node)]));
  const freeCount = (node: ResourceNode): number => free.get(node)!.count;
  const slots =
    request.nnodes > 0
      ? spread(byRank, inventory.nodes.length, request, freeCount)
      : pack(inOrder(byRank, mode, freeCount), request, freeCount);
  return slots && new Map([...slots].map(([node, count]) => [node, lowest(free.get(node)!, count * request.slotSize)]));
}

// Slots one at a time round robin over the nodes with most free cores; a node whose turn comes must hold its slot.
function spread(
  byRank: ResourceNode[],
  size: number,
  request: ResourceRequest,
  freeCount: (node: ResourceNode) => number,
): Map<ResourceNode, number> | undefined {
  const { nnodes, nslots, slotSize } = request;
  if (size < nnodes) return undefined;
  if (nslots < nnodes) throw new FluxError('EINVAL');
  const nodes = byRank.toSorted((a, b) => freeCount(b) - freeCount(a)).slice(0, nnodes);
  if (nodes.length < nnodes) return undefined;
  const slots = new Map<ResourceNode, number>();
  let rotation = nodes;
  for (let placed = 0; placed < nslots; ) {
    if (rotation.length === 0) return undefined;
    for (const node of rotation) {
      if (placed === nslots) break;
      const count = (slots.get(node) ?? 0) + 1;
      if (freeCount(node) < count * slotSize) return undefined;
      slots.set(node, count);
      placed++;
    }
    rotation = rotation.filter((node) => freeCount(node) > (slots.get(node) ?? 0) * slotSize);
  }
  return slots;
}

// Each node is filled with as many slots as fit before the next.
function pack(
  nodes: ResourceNode[],
  request: ResourceRequest,
  freeCount: (node: ResourceNode) => number,
): Map<ResourceNode, number> | undefined {
  const slots = new Map<ResourceNode, number>();
  let left = request.nslots;
  for (const node of nodes) {
    const count = Math.min(left, Math.floor(freeCount(node) / request.slotSize));
    if (count > 0) slots.set(node, count);
    left -= count;
    if (left === 0) return slots;
  }
  return undefined;
}

function inOrder(byRank: ResourceNode[], mode: AllocMode, freeCount: (node: ResourceNode) => number): ResourceNode[] {
  if (mode === 'first-fit') return byRank;
  const sign = mode === 'worst-fit' ? -1 : 1;
  return byRank.toSorted((a, b) => sign * (freeCount(a) - freeCount(b)));
}

function lowest(cores: IdSet, count: number): IdSet {
  const result = new IdSet();
  let left = count;
  for (const [lo, hi] of cores.ranges()) {
    const end = Math.min(hi, lo + left - 1);
    result.addRange(lo, end);
    left -= end - lo + 1;
    if (left === 0) break;
  }
  return result;
}
