import { real } from '../../formats/json';
import { type Subtree, overlay as table } from '../../protocol/overlay';
import { FluxError } from '../../sys/errors';
import type { Parts } from '../parts';
import { type MakeResident, resident } from '../resident';
import { type Health, isOnline, statusName } from '../subtree-health';
import { Topology } from '../topology';
import { following } from './following';

/** State of the tree below this broker (docs/protocol/broker.md §6). */
export const overlayService: MakeResident = (parts) =>
  resident(table, {
    health: {
      once: () => healthOf(parts),
      stream: (_, request) =>
        following(
          request,
          (push) => parts.health.onChange(() => push(healthOf(parts))),
          () => [healthOf(parts)],
        ),
    },
    topology: ({ rank }) => topologyOf(parts, rank),
    disconnectSubtree: ({ rank }) => disconnectSubtree(parts, rank),
    statsGet: () => statsOf(parts),
  });

function healthOf({ rank, health }: Parts<'rank' | 'health'>) {
  const children = [...health.children].map(([child, state]) => ({ rank: child, ...statusOf(state) }));
  return { rank, ...statusOf(health.own), children };
}

function statusOf({ status, since }: Health) {
  return { status: statusName(status), duration: real((performance.now() - since) / 1000) };
}

function topologyOf({ rank, topology }: Parts<'rank' | 'topology'>, wanted: number): Subtree {
  if (wanted !== rank && !topology.children.includes(wanted)) {
    throw new FluxError('ENOENT', 'requested rank is not this broker or its direct child');
  }
  return subtreeOf(wanted, topology);
}

function subtreeOf(rank: number, { size, fanout }: Topology): Subtree {
  const topology = new Topology(rank, size, fanout);
  return { rank, size: topology.descendants + 1, children: topology.children.map((child) => subtreeOf(child, topology)) };
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
