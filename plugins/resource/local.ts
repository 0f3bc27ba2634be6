import os from 'node:os';
import type { ModuleContext } from 'flux';
import { localTopology, type Rlist } from 'flux/internal';

/** What is found on the machine of this broker. */
export interface LocalResources {
  rlist: Rlist;
  /** hwloc XML document. */
  xml: string;
}

/** Throws an error with the name of the variable where hwloc's environment asks for a topology that can't be read. */
export function discover(m: Pick<ModuleContext, 'env'>, rank: number): LocalResources {
  const { topology, gpus, hostname, toXml } = localTopology(m.env);
  const name = m.env['FLUX_FAKE_HOSTNAME'] ?? hostname ?? os.hostname();
  return { rlist: topology.toRlist(rank, name, gpus), xml: toXml(name) };
}
