import { Hostlist } from '../../../core/formats/hostlist';
import type { IdSet } from '../../../core/formats/idset';
import type { JsonObject } from '../../../core/formats/json';
import { Rlist } from '../../../core/resource/rlist';
import { CommandError } from '../../command';

/** Hosts of ranks: rank n is the host at index n of R's nodelist (docs/protocol/resource-sched.md §8.1). */
export function hostsOf(r: JsonObject, ranks: IdSet): string {
  const hosts = [...(Rlist.fromR(r).hosts() ?? [])];
  const names = [...ranks].map((rank) => hosts[rank]);
  if (names.includes(undefined)) throw new CommandError('Hostlist index out of range');
  return Hostlist.of(...(names as string[])).encode();
}
