import os from 'node:os';
import { encodeHwlocXml, type ModuleContext, type Rlist, Topology } from 'flux';

/** What is found on the machine of this broker. */
export interface LocalResources {
  rlist: Rlist;
  /** hwloc XML document. */
  xml: string;
}

export function discover(m: ModuleContext, rank: number): LocalResources {
  const topology = Topology.fromSys();
  const hostname = m.env['FLUX_FAKE_HOSTNAME'] ?? os.hostname();
  return { rlist: topology.toRlist(rank, hostname), xml: encodeHwlocXml(topology, hostname) };
}
