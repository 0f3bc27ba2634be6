import { FluxError, type IdSet, parseTargets, type Rlist } from 'flux';

/** Targets of a drain request: at least one rank, all of them in the instance. @throws FluxError EINVAL with the contract's text */
export function drainTargets(targets: string, r: Rlist, size: number): IdSet {
  const ranks = parseTargets(targets, r);
  if (ranks.isEmpty) throw new FluxError('EINVAL', 'idset is empty');
  if (ranks.last()! >= size) throw new FluxError('EINVAL', 'idset is out of range');
  return ranks;
}
