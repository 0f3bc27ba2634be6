import { t } from '../schema';
import type { Schema } from '../schema/schema';
import { method } from './method';
import { service } from './service';

const ranked = t.wire({ rank: t.int() });

/** `status`: full, partial, degraded, offline or lost, of the subtree below the rank; `duration`: seconds in it. */
const health = { rank: t.int(), status: t.string(), duration: t.number() };

/** A rank with the number of brokers in its subtree, itself among them, and the subtrees of its children. */
export interface Subtree {
  rank: number;
  size: number;
  children: Subtree[];
}
const subtrees = t.array() as Schema<unknown> as Schema<Subtree[], false, readonly Subtree[]>;

/** The tree of brokers as one of them sees it (docs/protocol/broker.md §6, flux-overlay(1)). */
export const overlay = service('overlay', {
  /** Of this broker and its children; as a stream again at each change, without an end. */
  health: method({ role: 'owner', answers: 'either', response: t.wire({ ...health, children: t.array(t.wire(health)) }) }),
  /** How the tree is built, whoever is online. */
  topology: method({
    role: 'owner',
    request: ranked,
    response: t.wire({ rank: t.int(), size: t.int(), children: subtrees }),
    errors: { ENOENT: 'requested rank is not this broker or its direct child' },
  }),
  /** Sends a child away, with its subtree. */
  disconnectSubtree: method({
    name: 'disconnect-subtree',
    role: 'owner',
    request: ranked,
    errors: { ENOENT: "requested rank is not this broker's direct child", EINVAL: 'rank R is already lost, or offline' },
  }),
  /** Peers, and RPCs that wait for an answer of theirs. */
  statsGet: method({
    name: 'stats.get',
    role: 'owner',
    response: t.wire({
      'child-count': t.int(),
      'child-connected': t.int(),
      'parent-count': t.int(),
      'parent-rpc': t.int(),
      'child-rpc': t.int(),
    }),
  }),
});

/** What a broker says to its parent before anything else, on their own connection: nobody else is answered (docs/protocol/wire.md §7). */
export const overlayPeer = service('overlay', {
  /** `event`: the last event that a broker has seen which comes back. Gives the parent's id, that of rank 0, and the last event there was. */
  hello: method({
    role: 'owner',
    request: t.wire({ rank: t.int(), version: t.int(), uuid: t.string(), status: t.int(), event: t.optional(t.int()) }),
    response: t.wire({ uuid: t.string(), root: t.string(), event: t.int() }),
  }),
});
