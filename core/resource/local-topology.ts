import fs from 'node:fs';
import { IdSet } from '../formats/idset';
import { getAffinity } from '../sys/affinity';
import { FluxError, toFluxError } from '../sys/errors';
import { readHwlocXml } from './hwloc-reader';
import { encodeHwlocXml } from './hwloc-xml';
import { parseSynthetic } from './synthetic';
import { sysReader, Topology } from './topology';

type Env = Readonly<Record<string, string | undefined>>;

/** The machine that programs see which ask hwloc. */
export interface LocalTopology {
  topology: Topology;
  gpus: number;
  /** Name of the machine that the topology is of; undefined if it has none. */
  hostname: string | undefined;
  /** False for another machine's, or an invented one: nothing can be bound to its PUs. */
  isThisSystem: boolean;
  /** hwloc XML of it; the name stands in if it has none. */
  toXml(hostname: string): string;
}

interface Source {
  topology: Topology;
  gpus?: number;
  hostname?: string | undefined;
  /** The document that it was read from. */
  xml?: string;
}

/** Where a topology may come from instead of this machine, by hwloc's environment variables; the first that is set counts. */
const sources: readonly (readonly [variable: string, read: (value: string) => Source])[] = [
  ['HWLOC_FSROOT', (root) => ({ topology: Topology.fromSys({ cpus: 'online', read: sysReader(root) }) })],
  ['HWLOC_SYNTHETIC', (text) => ({ topology: parseSynthetic(text) })],
  ['HWLOC_XMLFILE', readFile],
];

/**
 * The topology of this machine; or that of HWLOC_FSROOT (a copy of its /sys), HWLOC_SYNTHETIC or HWLOC_XMLFILE, which is another machine's unless HWLOC_THISSYSTEM
 * is 1 (hwloc's documentation, "Environment Variables"). This machine's is restricted to the CPUs that the calling thread may use. Throws EINVAL, ENOENT, …
 * with the variable's name.
 */
export function localTopology(env: Env): LocalTopology {
  const named = sources.find(([variable]) => env[variable]);
  const claimed = env['HWLOC_THISSYSTEM'];
  const isThisSystem = claimed ? Number.parseInt(claimed, 10) !== 0 : named === undefined;
  const { topology: whole, gpus = 0, hostname, xml } = named ? read(named, env) : { topology: Topology.fromSys() };
  const usable = isThisSystem ? IdSet.from(getAffinity()) : whole.root.pus;
  const topology = whole.root.pus.difference(usable).isEmpty ? whole : whole.restrict(usable);
  const toXml = (name: string) => (topology === whole && xml !== undefined ? xml : encodeHwlocXml(topology, hostname ?? name));
  return { topology, gpus, hostname, isThisSystem, toXml };
}

function read([variable, from]: (typeof sources)[number], env: Env): Source {
  try {
    return from(env[variable]!);
  } catch (e) {
    const { code, message } = toFluxError(e);
    throw new FluxError(code, `${variable}: ${message}`, { cause: e });
  }
}

function readFile(file: string): Source {
  try {
    const xml = fs.readFileSync(file, 'utf8');
    return { ...readHwlocXml(xml), xml };
  } catch (e) {
    const { code, message } = toFluxError(e);
    throw new FluxError(code, `${file}: ${message}`, { cause: e });
  }
}
