import { IdSet } from '../formats/idset';
import { FluxError } from '../sys/errors';
import { makeNode, Rlist } from './rlist';
import type { Topology, TopologyObject } from './topology';

/** What an hwloc document says of one machine. */
export interface HwlocSummary {
  hostname: string;
  cores: number;
  pus: number;
  /** OS devices of the backends CUDA and OpenCL. */
  gpus: number;
}

/** hwloc XML of a topology in the v1 form (contract: resource-sched.md, 5). */
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

/** Reads what matters of an hwloc document, v1 or v2. @throws FluxError EINVAL if it is no such document or has no HostName */
export function parseHwlocXml(xml: string): HwlocSummary {
  if (!/<topology[\s>]/.test(xml) || !xml.includes('</topology>')) throw new FluxError('EINVAL', 'not an hwloc XML document');
  const tags = [...xml.matchAll(/<(object|info)\s([^<>]*?)\/?>/g)].map(([, name, attributes]) => ({
    name,
    attributes: attributesOf(attributes!),
  }));
  const infos = tags.filter((tag) => tag.name === 'info').map((tag) => tag.attributes);
  const count = (type: string): number => tags.filter((tag) => tag.name === 'object' && tag.attributes.get('type') === type).length;
  const hostname = infos.find((info) => info.get('name') === 'HostName')?.get('value');
  if (hostname === undefined) throw new FluxError('EINVAL', 'hwloc XML has no HostName');
  const gpus = infos.filter((info) => info.get('name') === 'Backend' && ['CUDA', 'OpenCL'].includes(info.get('value') ?? '')).length;
  return { hostname, cores: count('Core'), pus: count('PU'), gpus };
}

/** The resource set of an hwloc document: logical core ids, gpus numbered from 0; a PU is a core where there are no cores. @throws FluxError EINVAL */
export function rlistOfHwlocXml(xml: string, rank: number): Rlist {
  const { hostname, cores, pus, gpus } = parseHwlocXml(xml);
  const count = cores || pus;
  const children = new Map<string, IdSet>();
  if (count > 0) children.set('core', IdSet.range(0, count - 1));
  if (gpus > 0) children.set('gpu', IdSet.range(0, gpus - 1));
  const list = new Rlist();
  list.nodes = [makeNode({ rank, hostname }, children)];
  return list;
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

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function attributesOf(text: string): Map<string, string> {
  const plain = (value: string) => value.replace(/&(\w+);/g, (whole, name: string) => entities[name] ?? whole);
  return new Map([...text.matchAll(/([\w:-]+)\s*=\s*"([^"]*)"/g)].map(([, name, value]) => [name!, plain(value!)]));
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&${{ '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot' }[char]};`);
}
