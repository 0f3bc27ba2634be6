import { real } from '../../formats/json';
import { unpack } from '../../handle';
import { FluxError } from '../../sys/errors';
import type { Parts } from '../parts';
import type { MakeResident } from '../resident';
import { type Health, isOnline, statusName } from '../subtree-health';
import { Topology } from '../topology';
import { following } from './following';

/** State of the tree below this broker (contract/broker.md §6). */
export const overlayService: MakeResident = (parts) => ({
  name: 'overlay',
  methods: {
    'overlay.health': {
      handle: () => healthOf(parts),
      stream: (_, request) =>
        following(
          request,
          (push) => parts.health.onChange(() => push(healthOf(parts))),
          () => [healthOf(parts)],
        ),
    },
    'overlay.topology': { handle: (_, request) => topologyOf(parts, unpack(request, { rank: 'i' }).rank) },
    'overlay.disconnect-subtree': { handle: (_, request) => disconnectSubtree(parts, unpack(request, { rank: 'i' }).rank) },
    'overlay.stats.get': { handle: () => statsOf(parts) },
  },
});

function healthOf({ rank, health }: Parts<'rank' | 'health'>) {
  const children = [...health.children].map(([child, state]) => ({ rank: child, ...statusOf(state) }));
  return { rank, ...statusOf(health.own), children };
}

function statusOf({ status, since }: Health) {
  return { status: statusName(status), duration: real((performance.now() - since) / 1000) };
}

interface Node {
  rank: number;
  size: number;
  children: Node[];
}

function topologyOf({ rank, topology }: Parts<'rank' | 'topology'>, wanted: number): Node {
  if (wanted !== rank && !topology.children.includes(wanted)) {
    throw new FluxError('ENOENT', 'requested rank is not this broker or its direct child');
  }
  return nodeOf(wanted, topology);
}

function nodeOf(rank: number, { size, fanout }: Topology): Node {
  const topology = new Topology(rank, size, fanout);
  return { rank, size: topology.descendants + 1, children: topology.children.map((child) => nodeOf(child, topology)) };
}

function disconnectSubtree({ topology, health, overlay }: Parts<'topology' | 'health' | 'overlay'>, rank: number): void {
  if (!topology.children.includes(rank)) throw new FluxError('ENOENT', "requested rank is not this broker's direct child");
  const { status } = health.child(rank)!;
  if (!isOnline(status)) throw new FluxError('EINVAL', `rank ${rank} is already ${statusName(status)}`);
  overlay!.disconnectChild(rank);
}

function statsOf({ topology, health, router, overlay }: Parts<'topology' | 'health' | 'router' | 'overlay'>) {
  const { parent, children } = router.trackedRpcs;
  return {
    'child-count': topology.children.length,
    'child-connected': [...health.children.values()].filter(({ status }) => isOnline(status)).length,
    'parent-count': overlay?.parentUuid ? 1 : 0,
    'parent-rpc': parent,
    'child-rpc': children,
  };
}
