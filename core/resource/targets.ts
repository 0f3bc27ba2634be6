import { Hostlist } from '../formats/hostlist';
import { IdSet } from '../formats/idset';
import { FluxError } from '../sys/errors';

/**
 * Ranks of hosts, for drain and exclude: a name stands for every rank with that hostname. `nodelist` has the hosts of `ranks`, in their order; without
 * these, the host of rank n at index n. @throws FluxError EINVAL `Hostlist cannot be decoded`, `invalid hosts: HOSTLIST`
 */
export function hostsToRanks(hosts: string, nodelist: Hostlist, ranks?: readonly number[]): IdSet {
  const ranksOf = new Map<string, IdSet>();
  for (const [i, host] of [...nodelist].entries()) ranksOf.set(host, (ranksOf.get(host) ?? new IdSet()).add(ranks?.[i] ?? i));
  const result = new IdSet();
  const unknown = new Hostlist();
  for (const host of decodeHosts(hosts)) {
    const found = ranksOf.get(host);
    if (found) result.addSet(found);
    else unknown.append(Hostlist.of(host));
  }
  if (unknown.count > 0) throw new FluxError('EINVAL', `invalid hosts: ${unknown.encode()}`);
  return result;
}

/** Ranks named by drain or exclude targets: an idset, else hosts, as hostsToRanks() takes them. @throws FluxError EINVAL `invalid targets: …` */
export function parseTargets(targets: string, nodelist: Hostlist, ranks?: readonly number[]): IdSet {
  try {
    return IdSet.parse(targets);
  } catch {
    // not an idset: taken as hosts
  }
  try {
    return hostsToRanks(targets, nodelist, ranks);
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
