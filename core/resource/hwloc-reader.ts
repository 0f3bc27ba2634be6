import type { SaxesParser } from 'saxes';
import { IdSet } from '../formats/idset';
import { errorText, FluxError } from '../sys/errors';
import { Topology, type TopologyObject } from './topology';

/** What an hwloc document says of one machine. */
export interface HwlocDocument {
  /** As hwloc has it when it has read the document: without what its machine does not allow. */
  topology: Topology;
  /** Undefined in a document of a machine that is not (synthetic). */
  hostname: string | undefined;
  /** OS devices of the backends CUDA and OpenCL. */
  gpus: number;
}

type Attributes = Record<string, string>;

/** Reads an hwloc document, v1 or v2. Throws EINVAL if it is none. */
export function readHwlocXml(xml: string): HwlocDocument {
  const reader = new Reader();
  try {
    parse(xml, reader);
  } catch (e) {
    throw new FluxError('EINVAL', `not an hwloc XML document: ${errorText(e)}`, { cause: e });
  }
  if (!reader.root) throw new FluxError('EINVAL', 'not an hwloc XML document: it has no object in a topology');
  const whole = new Topology(reader.root).withoutMemory();
  const topology = isAllAllowed(whole, reader.allowed) ? whole : whole.restrict(reader.allowed!);
  return { topology, hostname: reader.hostname, gpus: reader.gpus };
}

const isAllAllowed = ({ root }: Topology, allowed: IdSet | undefined) => allowed === undefined || root.pus.difference(allowed).isEmpty;

function parse(xml: string, reader: Reader): void {
  // loaded by the few who read such documents
  const { SaxesParser } = require('saxes') as typeof import('saxes');
  const parser: SaxesParser = new SaxesParser();
  parser.on('opentag', ({ name, attributes }) => reader.open(name, attributes as Attributes));
  parser.on('closetag', ({ name }) => reader.close(name));
  parser.write(xml).close();
}

/** Builds the tree of the objects that have PUs, as elements open and close. */
class Reader {
  root: TopologyObject | undefined;
  allowed: IdSet | undefined;
  hostname: string | undefined;
  gpus = 0;
  #inTopology = false;
  /** Undefined for an object that is no part of the tree: a device. */
  readonly #open: (TopologyObject | undefined)[] = [];

  open(name: string, attributes: Attributes): void {
    if (name === 'topology') this.#inTopology = true;
    if (!this.#inTopology) return;
    if (name === 'info') this.#info(attributes);
    if (name === 'object') this.#open.push(this.#object(attributes));
  }

  close(name: string): void {
    if (name !== 'object' || !this.#inTopology) return;
    const object = this.#open.pop();
    const parent = this.#open.at(-1);
    if (object && parent) {
      parent.children.push(object);
      parent.pus.addSet(object.pus);
    }
  }

  #object(attributes: Attributes): TopologyObject | undefined {
    const type = typeOf(attributes);
    if (type === undefined) return undefined;
    const pus = type === 'pu' ? IdSet.of(Number(attributes['os_index'])) : new IdSet();
    const object = { type, pus, children: [] };
    if (!this.root) {
      this.root = object;
      this.allowed = readMask(attributes['allowed_cpuset']);
    }
    return object;
  }

  #info({ name, value }: Attributes): void {
    if (name === 'HostName') this.hostname ??= value;
    if (name === 'Backend' && (value === 'CUDA' || value === 'OpenCL')) this.gpus++;
  }
}

/** Names of both versions. Version 1 has the level of a cache in an attribute. */
const types: Readonly<Record<string, string>> = {
  System: 'machine',
  Machine: 'machine',
  Socket: 'pack',
  Package: 'pack',
  NUMANode: 'numa',
  Group: 'group',
  Die: 'die',
  Core: 'core',
  PU: 'pu',
};

function typeOf({ type = '', depth }: Attributes): string | undefined {
  const cache = /^L(\d)i?Cache$/.exec(type)?.[1] ?? (type === 'Cache' ? depth : undefined);
  return cache === undefined ? types[type] : `l${cache}`;
}

/** hwloc's mask: 32-bit words, highest first. Undefined for none, and for one that has no end (`0xf...f`). */
function readMask(text: string | undefined): IdSet | undefined {
  if (text === undefined || !/^0x[\da-f]{1,8}(,0x[\da-f]{1,8})*$/i.test(text)) return undefined;
  const pus = new IdSet();
  text
    .split(',')
    .reverse()
    .forEach((word, i) => {
      for (let bits = Number(word), bit = 0; bits > 0; bits = Math.floor(bits / 2), bit++) if (bits % 2 === 1) pus.add(i * 32 + bit);
    });
  return pus.isEmpty ? undefined : pus;
}
