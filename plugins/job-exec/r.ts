import { decodeJson, FluxError, IdSet, t } from 'flux';
import { MAX_RANKS } from 'flux/internal';

/** What job-exec reads of R (docs/protocol/job-exec.md §6.3): nothing else in it counts here. */
export interface ExecR {
  /** Ascending. */
  ranks: readonly number[];
  /** Seconds since the epoch; 0 for none. */
  starttime: number;
  expiration: number;
}

const RANKS = 'R_lite: failed to read target rank list';

const versioned = t.wire({ version: t.int() });
const executed = t.wire({
  execution: t.wire({ R_lite: t.array(), starttime: t.number({ default: 0 }), expiration: t.number({ default: 0 }) }),
});
const ranked = t.wire({ rank: t.string() });

/** Reads R. @throws FluxError EINVAL with the contract's text */
export function readR(text: string): ExecR {
  const object = decodeJson(text);
  const { version } = versioned.parse(object);
  if (version !== 1) throw new FluxError('EINVAL', `invalid version: ${version}`);
  const { R_lite, starttime, expiration } = executed.parse(object).execution;
  return { ranks: readRanks(R_lite), starttime, expiration };
}

function readRanks(entries: readonly unknown[]): number[] {
  const all = new Set<number>();
  for (const entry of entries) {
    const ranks = rankSet(entry);
    if (ranks.count > MAX_RANKS) throw new FluxError('ERANGE', RANKS);
    for (const rank of ranks) {
      if (all.has(rank)) throw new FluxError('EINVAL', `${RANKS}: File exists`);
      all.add(rank);
    }
  }
  return [...all].sort((a, b) => a - b);
}

function rankSet(entry: unknown): IdSet {
  try {
    return IdSet.parse(ranked.parse(entry).rank);
  } catch (e) {
    throw new FluxError('EINVAL', RANKS, { cause: e });
  }
}
