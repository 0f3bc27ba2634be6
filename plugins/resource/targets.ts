import { FluxError, Hostlist, type IdSet } from 'flux';
import { parseTargets, type Rlist } from 'flux/internal';

/** Ranks named by drain or exclude targets: an idset, else a hostlist of R's hosts. @throws FluxError EINVAL with the contract's text */
export function ranksOfTargets(targets: string, r: Rlist): IdSet {
  return parseTargets(targets, r.hosts() ?? new Hostlist(), [...r.ranks()]);
}

/** Targets of a drain request: at least one rank, all of them in the instance. @throws FluxError EINVAL */
export function drainTargets(targets: string, r: Rlist, size: number): IdSet {
  const ranks = ranksOfTargets(targets, r);
  if (ranks.isEmpty) throw new FluxError('EINVAL', 'idset is empty');
  if (ranks.last()! >= size) throw new FluxError('EINVAL', 'idset is out of range');
  return ranks;
}
