import { IdSet } from '../formats/idset';
import { LogLevel } from '../handle/log-entry';
import type { GivenTo } from '../protocol';
import type { groups } from '../protocol/groups';
import { FluxError } from '../sys/errors';

/** Changes to groups on their way up: for each name, runs of ranks that join (`set`) or leave. */
export type GroupUpdate = GivenTo<typeof groups.update>['update'];

interface Group {
  members: IdSet;
  /** The client that made this rank a member. */
  joinedBy: string | undefined;
}

interface Changes {
  joins: IdSet;
  leaves: IdSet;
}

/** This broker, and its way to the parent. */
export interface GroupsOptions {
  rank: number;
  /** Sends a batch to the parent; not called on rank 0. */
  sendUp: (update: GroupUpdate) => void;
  log: (level: LogLevel, text: string) => void;
}

/**
 * Named sets of ranks (docs/protocol/broker.md §5): each broker knows those of its subtree, rank 0 all. Changes travel up in batches: what came in
 * one turn of the event loop.
 */
export class Groups {
  readonly #options: GroupsOptions;
  readonly #groups = new Map<string, Group>();
  readonly #listeners = new Set<(names: readonly string[]) => void>();
  #batch = new Map<string, Changes>();

  constructor(options: GroupsOptions) {
    this.#options = options;
  }

  /** EEXIST: this rank is a member already. */
  join(name: string, client: string): void {
    const { rank } = this.#options;
    const group = this.#group(name);
    if (group.joinedBy !== undefined) throw new FluxError('EEXIST', `rank ${rank} is already a member of ${name}`);
    group.joinedBy = client;
    this.#change(name, IdSet.of(rank), true);
  }

  /** ENOENT: this rank is no member. */
  leave(name: string): void {
    const { rank } = this.#options;
    const group = this.#group(name);
    if (group.joinedBy === undefined) throw new FluxError('ENOENT', `rank ${rank} is not a member of ${name}`);
    group.joinedBy = undefined;
    this.#change(name, IdSet.of(rank), false);
  }

  /** A client has gone: this rank leaves the groups it joined for it. */
  disconnect(client: string): void {
    for (const [name, { joinedBy }] of this.#groups) if (joinedBy === client) this.leave(name);
  }

  /** Members as known here: all of them on rank 0. */
  members(name: string): IdSet {
    return this.#group(name).members;
  }

  /** Takes a batch from a child. EPROTO: what is no set of ranks, and then nothing of it. */
  update(update: GroupUpdate): void {
    const changes = Object.entries(update).flatMap(([name, runs]) => runs.map((run) => ({ name, ...run, ranks: parsedRanks(run.ranks) })));
    for (const { name, ranks, set } of changes) this.#change(name, ranks, set);
  }

  /** A subtree is lost: its ranks leave all groups. */
  subtreeLost(child: number, ranks: IdSet, status: string): void {
    for (const [name, { members }] of this.#groups) {
      const gone = members.intersect(ranks);
      if (gone.isEmpty) continue;
      this.#options.log(LogLevel.debug, `groups: subtree loss rank=${child} (${status}) LEAVE ${name} ${gone}`);
      this.#change(name, gone, false);
    }
  }

  /** Tells the parent, which has come back and knows nothing of this subtree any more, all members again. */
  announce(): void {
    const known = new Map<string, Changes>();
    for (const [name, { members }] of this.#groups) if (!members.isEmpty) known.set(name, { joins: members, leaves: new IdSet() });
    if (known.size > 0) this.#options.sendUp(encode(known));
  }

  /** Calls `listener` with the names of the groups each batch has touched. */
  onChange(listener: (names: readonly string[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #group(name: string): Group {
    let group = this.#groups.get(name);
    if (!group) {
      group = { members: new IdSet(), joinedBy: undefined };
      this.#groups.set(name, group);
    }
    return group;
  }

  #change(name: string, ranks: IdSet, set: boolean): void {
    if (this.#batch.size === 0) setImmediate(() => this.#flush());
    let changes = this.#batch.get(name);
    if (!changes) {
      changes = { joins: new IdSet(), leaves: new IdSet() };
      this.#batch.set(name, changes);
    }
    const [into, outOf] = set ? [changes.joins, changes.leaves] : [changes.leaves, changes.joins];
    into.addSet(ranks);
    outOf.removeSet(ranks);
  }

  #flush(): void {
    const batch = this.#batch;
    this.#batch = new Map();
    const { rank, sendUp, log } = this.#options;
    if (rank > 0) sendUp(encode(batch));
    for (const [name, { joins, leaves }] of batch) {
      const { members } = this.#group(name);
      members.addSet(joins).removeSet(leaves);
      if (rank === 0) log(LogLevel.debug, `groups: set ${name} ${members}`);
    }
    const names = [...batch.keys()];
    for (const listener of [...this.#listeners]) listener(names);
  }
}

function encode(batch: ReadonlyMap<string, Changes>): GroupUpdate {
  const runsOf = ({ joins, leaves }: Changes) => [
    ...(joins.isEmpty ? [] : [{ ranks: joins.encode(), set: true }]),
    ...(leaves.isEmpty ? [] : [{ ranks: leaves.encode(), set: false }]),
  ];
  return Object.fromEntries([...batch].map(([name, changes]) => [name, runsOf(changes)])); // whatever the name is: `__proto__`
}

function parsedRanks(text: string): IdSet {
  try {
    return IdSet.parse(text);
  } catch (e) {
    throw new FluxError('EPROTO', undefined, { cause: e });
  }
}
