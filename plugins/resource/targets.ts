import { FluxError, hostsToRanks, IdSet, type Rlist } from 'flux';

/** Ranks named by drain or exclude targets: an idset, else a hostlist of R's hosts. @throws FluxError EINVAL with the contract's text */
export function ranksOfTargets(targets: string, r: Rlist): IdSet {
  try {
    return IdSet.parse(targets);
  } catch {
    // not an idset: taken as hosts
  }
  try {
    return ranksOfHosts(targets, r);
  } catch (e) {
    if (e instanceof FluxError) throw new FluxError('EINVAL', `invalid targets: ${e.message}`);
    throw e;
  }
}

/** Targets of a drain request: at least one rank, all of them in the instance. @throws FluxError EINVAL */
export function drainTargets(targets: string, r: Rlist, size: number): IdSet {
  const ranks = ranksOfTargets(targets, r);
  if (ranks.isEmpty) throw new FluxError('EINVAL', 'idset is empty');
  if (ranks.last()! >= size) throw new FluxError('EINVAL', 'idset is out of range');
  return ranks;
}

// Hosts are known by their place in R, which need not be their rank.
function ranksOfHosts(hosts: string, r: Rlist): IdSet {
  const known = r.hosts();
  if (!known) throw new FluxError('EINVAL', `invalid hosts: ${hosts}`);
  const ranks = [...r.ranks()];
  return IdSet.from([...hostsToRanks(hosts, known)].map((index) => ranks[index]!));
}
