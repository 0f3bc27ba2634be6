import fs from 'node:fs/promises';
import path from 'node:path';
import { decodeJson, FluxError, IdSet, type Log, toFluxError } from 'flux';
import { Rlist, rlistOfHwlocXml } from 'flux/internal';
import { type KnownR, knownR, parseKnownR } from './instance-r';
import { XmlMap } from './xml-map';

/** An R from disk, and the XML it was made of. */
export interface Reloaded {
  known: KnownR;
  xml?: XmlMap;
}

/** How R has to fit the instance. */
export interface ReloadLimits {
  /** Of the instance. */
  size: number;
  /** Ranks beyond that will do. */
  force: boolean;
}

/** What to load: a file, or a directory of XML. */
export interface ReloadWanted extends Pick<ReloadLimits, 'force'> {
  path: string;
  xml: boolean;
}

/** R of a file. @throws FluxError ENOENT, EPROTO, EINVAL with the contract's text (docs/protocol/resource-sched.md §6.6) */
export async function loadRFile(file: string, { size, force }: ReloadLimits): Promise<Reloaded> {
  let text: string;
  try {
    text = await fs.readFile(file, 'utf8');
  } catch (e) {
    const error = toFluxError(e);
    throw new FluxError(error.code, `${file}:-1 unable to open ${file}: ${error.message}`);
  }
  try {
    decodeJson(text);
  } catch (e) {
    const { message } = toFluxError(e);
    throw new FluxError('EPROTO', `<stream>:${lineOf(message, text)} ${message}`);
  }
  try {
    return { known: parseKnownR('reload', text) };
  } catch (e) {
    throw force ? e : exceeding(size, e); // the reference has one text for both
  }
}

/** R of a directory of hwloc XML files: each RANK.xml in it or below. @throws FluxError with the contract's text */
export async function loadXmlDir(dir: string): Promise<Reloaded> {
  const xml = new XmlMap();
  let rlist = new Rlist();
  const files = await xmlFiles(dir);
  if (files.length === 0) throw new FluxError('EINVAL', `${dir}: invalid directory: no XML input files found`);
  for (const { rank, file } of files) {
    const text = await fs.readFile(file, 'utf8');
    xml.add(IdSet.of(rank), text);
    try {
      rlist = rlist.append(rlistOfHwlocXml(text, rank));
    } catch (e) {
      throw new FluxError('EINVAL', 'error buiding R from hwloc XML: Invalid argument', { cause: e }); // sic: contract
    }
  }
  return { known: knownR('reload', rlist), xml };
}

/** Refuses ranks that the instance does not have, unless forced. @throws FluxError EINVAL */
export function checkSize({ rlist }: KnownR, { size, force }: ReloadLimits, log: Log): void {
  if ((rlist.ranks().last() ?? 0) < size) return;
  if (!force) throw exceeding(size);
  log.err(`WARN: resource object contains ranks exceeding size=${size}`);
}

function exceeding(size: number, cause?: unknown): FluxError {
  return new FluxError('EINVAL', `resource object contains ranks execeeding size=${size} (override with -f))`, { cause }); // sic: contract
}

async function xmlFiles(dir: string): Promise<{ rank: number; file: string }[]> {
  try {
    const entries = await fs.readdir(dir, { withFileTypes: true, recursive: true });
    return entries
      .filter((entry) => entry.isFile() && /^[0-9]+\.xml$/.test(entry.name))
      .map((entry) => ({ rank: Number.parseInt(entry.name, 10), file: path.join(entry.parentPath, entry.name) }))
      .sort((a, b) => a.rank - b.rank);
  } catch (e) {
    const error = toFluxError(e);
    throw new FluxError(error.code, `${dir}: ${error.message}`);
  }
}

/** Line of the error in a JSON text, as far as the parser's message tells; else the last. */
function lineOf(message: string, text: string): number {
  const position = /position (\d+)/.exec(message)?.[1];
  return text.slice(0, position === undefined ? text.length : Number(position)).split('\n').length;
}
