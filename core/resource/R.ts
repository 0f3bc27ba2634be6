import { Hostlist } from '../formats/hostlist';
import { IdSet } from '../formats/idset';
import { type JsonValue, type Real, real } from '../formats/json';
import { t } from '../schema';
import { FluxError } from '../sys/errors';

/** Most ranks that an entry may stand for: what a text of a few bytes can make us hold. */
export const MAX_RANKS = 1048576;

/** R version 1 (RFC 20) as it is written: starttime and expiration always present, as reals. */
export interface R {
  version: 1;
  execution: {
    R_lite: { rank: string; children: Record<string, string> }[];
    starttime: Real;
    expiration: Real;
    /** One hostlist in rank order; absent when a rank has no hostname. */
    nodelist?: [string];
  };
  scheduling?: JsonValue;
}

/** One rank of a resource set: its ids by resource type. */
export interface RankResources {
  rank: number;
  hostname?: string;
  children: Map<string, IdSet>;
}

/** What an R says, decoded. */
export interface DecodedR {
  /** In the order in which ranks appear. */
  ranks: RankResources[];
  /** Seconds since the epoch; 0 if unset. */
  starttime: number;
  expiration: number;
  scheduling?: JsonValue;
}

const version = t.transform(t.int(), (value) => {
  if (value !== 1) throw new FluxError('EINVAL', `invalid version=${value}`);
  return value;
});

const ids = t.transform(t.string(), decodeIds);
const rankSet = t.transform(ids, (set) => {
  if (set.count > MAX_RANKS) throw new FluxError('ERANGE');
  return set;
});
const entry = t.wire({ rank: rankSet, children: t.record(ids) });

/** R as the reference's library reads it; a wrong version is told before what else it may have brought. */
const shape = t.wire({
  version,
  execution: t.wire({
    R_lite: t.array(entry),
    nodelist: t.optional(t.array(t.string())),
    starttime: t.number({ default: 0 }),
    expiration: t.number({ default: 0 }),
  }),
  scheduling: t.optional(t.exact()),
});

/** Reads an R object (docs/protocol/resource-sched.md §4.1). @throws FluxError EINVAL with the contract's text, if it gives one */
export function decodeR(value: unknown): DecodedR {
  const { execution, scheduling } = shape.parse(value);
  const ranks = decodeRanks(execution.R_lite);
  if (execution.nodelist) assignHosts(ranks, execution.nodelist);
  return {
    ranks,
    starttime: Math.max(0, execution.starttime),
    expiration: Math.max(0, execution.expiration),
    ...(scheduling !== undefined ? { scheduling } : {}),
  };
}

/** R of the given ranks: ranks with equal children share an entry, entries by lowest rank, ranks without ids
 * left out, with their hosts (docs/protocol/resource-sched.md §4.2). */
export function encodeR(set: DecodedR): R {
  const groups = new Map<string, { ranks: IdSet; children: Record<string, string> }>();
  const inOrder = set.ranks.filter(({ children }) => childrenKey(children) !== '').sort((a, b) => a.rank - b.rank);
  for (const { rank, children } of inOrder) {
    const key = childrenKey(children);
    const group = groups.get(key) ?? { ranks: new IdSet(), children: encodeChildren(children) };
    group.ranks.add(rank);
    groups.set(key, group);
  }
  const hosts = inOrder.map(({ hostname }) => hostname).filter((hostname) => hostname !== undefined);
  return {
    version: 1,
    execution: {
      R_lite: [...groups.values()].map((group) => ({ rank: group.ranks.encode(), children: group.children })),
      starttime: real(set.starttime),
      expiration: real(set.expiration),
      ...(hosts.length === inOrder.length ? { nodelist: [Hostlist.of(...hosts).encode()] } : {}),
    },
    ...(set.scheduling !== undefined ? { scheduling: set.scheduling } : {}),
  };
}

/** Resource types of a rank that have ids: `core` first, then in byte order. */
export function sortedTypes(children: ReadonlyMap<string, IdSet>): string[] {
  const others = [...children.keys()].filter((type) => type !== 'core' && !children.get(type)!.isEmpty).sort();
  return children.get('core')?.isEmpty === false ? ['core', ...others] : others;
}

/** A text that is equal for equal children; empty if there are no ids. */
export function childrenKey(children: ReadonlyMap<string, IdSet>): string {
  return sortedTypes(children)
    .map((type) => `${type}=${children.get(type)}`)
    .join(';');
}

function encodeChildren(children: ReadonlyMap<string, IdSet>): Record<string, string> {
  return Object.fromEntries(sortedTypes(children).map((type) => [type, children.get(type)!.encode()]));
}

function decodeRanks(entries: readonly t.infer<typeof entry>[]): RankResources[] {
  const byRank = new Map<number, RankResources>();
  for (const { rank: ranks, children } of entries) {
    const sets = Object.entries(children);
    for (const rank of ranks) {
      const node = byRank.get(rank) ?? { rank, children: new Map<string, IdSet>() };
      byRank.set(rank, node);
      for (const [type, set] of sets) addIds(node, type, set);
    }
  }
  return [...byRank.values()];
}

/** Adds ids to a rank. @throws FluxError EEXIST if it has one of them already */
export function addIds(node: RankResources, type: string, ids: IdSet): void {
  const present = node.children.get(type);
  if (present?.hasIntersection(ids)) throw new FluxError('EEXIST');
  node.children.set(type, present ? present.union(ids) : ids.clone());
}

// Hosts are given to ranks in ascending order of rank.
function assignHosts(ranks: RankResources[], nodelist: readonly string[]): void {
  const hosts = new Hostlist();
  for (const list of nodelist) hosts.append(withoutText(() => Hostlist.parse(list)));
  if (hosts.count !== ranks.length) throw new FluxError('EINVAL');
  const names = [...hosts];
  for (const [i, node] of ranks.toSorted((a, b) => a.rank - b.rank).entries()) node.hostname = names[i];
}

function decodeIds(text: string): IdSet {
  return withoutText(() => IdSet.parse(text));
}

// The contract gives a text only for the errors of the JSON library and a wrong version.
function withoutText<T>(decode: () => T): T {
  try {
    return decode();
  } catch (e) {
    if (e instanceof FluxError) throw new FluxError(e.code, undefined, { cause: e });
    throw e;
  }
}
