import type { IdSet } from '../formats/idset';
import { FluxError } from '../sys/errors';
import { readHwlocXml } from './hwloc-reader';
import type { Rlist } from './rlist';
import type { Topology, TopologyObject } from './topology';

/** What an hwloc document says of one machine. */
export interface HwlocSummary {
  /** Undefined if it does not say. */
  hostname: string | undefined;
  cores: number;
  pus: number;
  /** OS devices of the backends CUDA and OpenCL. */
  gpus: number;
}

/** hwloc XML of a topology in the v1 form (docs/protocol/resource-sched.md §5). */
export function encodeHwlocXml(topology: Topology, hostname: string): string {
  const machine = topology.root;
  let cores = 0;
  const render = (object: TopologyObject, indent: string): string => {
    const index = object.type === 'pu' ? object.pus.first()! : object.type === 'core' ? cores++ : 0;
    const sets = `cpuset="${mask(object.pus)}" complete_cpuset="${mask(object.pus)}"`;
    const head = `${indent}<object type="${xmlTypes[object.type] ?? 'Group'}" os_index="${index}" ${sets}`;
    if (object.children.length === 0) return `${head}/>\n`;
    return `${head}>\n${object.children.map((child) => render(child, `${indent}  `)).join('')}${indent}</object>\n`;
  };
  const cpuset = mask(machine.pus);
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE topology SYSTEM "hwloc.dtd">
<topology>
  <object type="Machine" os_index="0" cpuset="${cpuset}" complete_cpuset="${cpuset}" online_cpuset="${cpuset}" allowed_cpuset="${cpuset}">
    <info name="HostName" value="${escapeXml(hostname)}"/>
${machine.children.map((child) => render(child, '    ')).join('')}  </object>
</topology>
`;
}

/** Reads what matters of an hwloc document, v1 or v2. @throws FluxError EINVAL if it is no such document */
export function parseHwlocXml(xml: string): HwlocSummary {
  const { topology, hostname, gpus } = readHwlocXml(xml);
  return { hostname, cores: topology.count('core'), pus: topology.count('pu'), gpus };
}

/**
 * The resource set of an hwloc document: logical core ids, gpus numbered from 0; a PU is a core where there are no cores.
 * @throws FluxError EINVAL, also for one without HostName
 */
export function rlistOfHwlocXml(xml: string, rank: number): Rlist {
  const { topology, hostname, gpus } = readHwlocXml(xml);
  if (hostname === undefined) throw new FluxError('EINVAL', 'hwloc XML has no HostName');
  return topology.toRlist(rank, hostname, gpus);
}

const xmlTypes: Readonly<Record<string, string>> = { pack: 'Socket', core: 'Core', pu: 'PU' };

// hwloc's mask: 32-bit words, highest first.
function mask(pus: IdSet): string {
  const words: number[] = new Array(Math.floor((pus.last() ?? 0) / 32) + 1).fill(0);
  for (const pu of pus) words[Math.floor(pu / 32)]! += 2 ** (pu % 32);
  return words
    .reverse()
    .map((word) => `0x${word.toString(16).padStart(8, '0')}`)
    .join(',');
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&${{ '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot' }[char]};`);
}
