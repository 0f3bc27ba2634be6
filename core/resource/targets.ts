import { Hostlist } from '../formats/hostlist';
import { IdSet } from '../formats/idset';
import { FluxError } from '../sys/errors';
import type { Rlist } from './rlist';

/**
 * Indices of hosts in `nodelist`: a name stands for all that are equal to it.
 * @throws FluxError EINVAL `Hostlist cannot be decoded`, `invalid hosts: HOSTLIST`
 */
export function hostsToRanks(hosts: string, nodelist: Hostlist): IdSet {
  const ranksOf = new Map<string, IdSet>();
  for (const [rank, host] of [...nodelist].entries()) ranksOf.set(host, (ranksOf.get(host) ?? new IdSet()).add(rank));
  const result = new IdSet();
  const unknown = new Hostlist();
  for (const host of decodeHosts(hosts)) {
    const ranks = ranksOf.get(host);
    if (ranks) result.addSet(ranks);
    else unknown.append(Hostlist.of(host));
  }
  if (unknown.count > 0) throw new FluxError('EINVAL', `invalid hosts: ${unknown.encode()}`);
  return result;
}

/** Ranks named by drain or exclude targets: an idset, else a hostlist of R's hosts. @throws FluxError EINVAL `invalid targets: …` */
export function parseTargets(targets: string, r: Rlist): IdSet {
  try {
    return IdSet.parse(targets);
  } catch {
    // not an idset: taken as hosts
  }
  try {
    const known = r.hosts();
    if (!known) throw new FluxError('EINVAL', `invalid hosts: ${targets}`);
    const ranks = [...r.ranks()]; // hosts are known by their place in R, which need not be their rank
    return IdSet.from([...hostsToRanks(targets, known)].map((index) => ranks[index]!));
  } catch (e) {
    if (e instanceof FluxError) throw new FluxError('EINVAL', `invalid targets: ${e.message}`);
    throw e;
  }
}

function decodeHosts(hosts: string): Hostlist {
  try {
    return Hostlist.parse(hosts);
  } catch (e) {
    throw new FluxError('EINVAL', 'Hostlist cannot be decoded', { cause: e });
  }
}
