import { decodeJson, FluxError, IdSet, type JsonObject } from 'flux';
import { expectObject, jsonNumber, jsonTypeName, MAX_RANKS, member } from 'flux/internal';

/** What job-exec reads of R (contract/job-exec.md §6.3): nothing else in it counts here. */
export interface ExecR {
  /** Ascending. */
  ranks: readonly number[];
  /** Seconds since the epoch; 0 for none. */
  starttime: number;
  expiration: number;
}

const RANKS = 'R_lite: failed to read target rank list';

/** Reads R. @throws FluxError EINVAL with the contract's text */
export function readR(text: string): ExecR {
  const object = expectObject(decodeJson(text));
  const version = member.integer(object, 'version');
  if (version !== 1) throw new FluxError('EINVAL', `invalid version: ${version}`);
  const execution = member.object(object, 'execution');
  const ranks = readRanks(member.array(execution, 'R_lite'));
  return { ranks, starttime: time(execution, 'starttime'), expiration: time(execution, 'expiration') };
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
    return IdSet.parse(member.string(expectObject(entry), 'rank'));
  } catch (e) {
    throw new FluxError('EINVAL', RANKS, { cause: e });
  }
}

function time(execution: JsonObject, key: string): number {
  const value = execution[key];
  if (value === undefined) return 0;
  const seconds = jsonNumber(value);
  if (seconds === undefined) throw new FluxError('EINVAL', `Expected real or integer, got ${jsonTypeName(value)}`);
  return seconds;
}
