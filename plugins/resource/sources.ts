import fs from 'node:fs/promises';
import {
  decodeJson,
  encodeJson,
  errorText,
  Flux,
  FluxError,
  isErrno,
  isJsonObject,
  type Kvs,
  lookupJob,
  type ModuleContext,
  parseJobId,
  resource,
  toFluxError,
} from 'flux';
import { exactCall, Rlist } from 'flux/internal';
import { type KnownR, knownR, parseKnownR } from './instance-r';

type Context = Pick<ModuleContext, 'flux' | 'log' | 'config'>;

// Where R comes from (docs/protocol/resource-sched.md §6.2). Each gives undefined if it has none.

/** Text of the file that `resource.path` names. @throws FluxError ENOENT, EINVAL with the contract's text */
export async function readRFile(path: string): Promise<string> {
  let text: string;
  try {
    text = await fs.readFile(path, 'utf8');
  } catch (e) {
    const error = toFluxError(e);
    throw new FluxError(error.code, `${path}: ${error.message}`);
  }
  try {
    decodeJson(text);
  } catch (e) {
    throw new FluxError('EINVAL', `<stream>: ${errorText(e)}`);
  }
  return text;
}

/** R of the configuration, however its file is written; reranked by the hosts of the instance where the configuration tells these. */
export async function fromConfiguration(m: Context, path: string): Promise<KnownR> {
  const { rlist } = parseKnownR('configuration', await readRFile(path));
  if (!isJsonObject(m.config['bootstrap'])) return knownR('configuration', rlist);
  const hosts = await m.flux.getattr('hostlist');
  try {
    return knownR('configuration', rlist.rerank(hosts));
  } catch (e) {
    throw new FluxError(toFluxError(e).code, 'error reranking R', { cause: e });
  }
}

/** R that an earlier life of the module, or of the instance, has left in the KVS. */
export async function fromKvs(kvs: Kvs): Promise<KnownR | undefined> {
  const text = (await kvs.find('resource.R'))?.text;
  return text === undefined ? undefined : parseKnownR('kvs', text);
}

/** R of the job that this instance is, told by the enclosing instance; ranks and ids are numbered from 0. */
export async function fromEnclosingInstance(m: Context, size: number): Promise<KnownR | undefined> {
  const [uri, jobid] = [await attribute(m, 'parent-uri'), await attribute(m, 'jobid')];
  if (uri === undefined || jobid === undefined) return undefined;
  const rlist = parse(await lookupR(uri, parseJobId(jobid)));
  if (rlist.nodes.length === size) return knownR('job-info', rlist.remap());
  m.log.debug(`cannot map ${rlist.nodes.length} ranks of R to ${size} brokers, falling back to discovery`);
  return undefined;
}

async function lookupR(uri: string, id: bigint): Promise<string> {
  const parent = await Flux.open(uri);
  try {
    return (await lookupJob(parent, id, ['R'])).R;
  } catch (e) {
    throw new FluxError(toFluxError(e).code, 'lookup R from enclosing instance KVS', { cause: e });
  } finally {
    parent.close();
  }
}

function parse(text: string): Rlist {
  try {
    return Rlist.fromR(text);
  } catch (e) {
    throw new FluxError('EINVAL', 'fatal error while normalizing R', { cause: e });
  }
}

/** R as the parent in the tree knows it. */
export async function fromTreeParent(flux: Flux): Promise<KnownR | undefined> {
  try {
    const { R, method } = await exactCall(flux, resource.get, undefined, { nodeid: 'upstream' });
    return parseKnownR(method, encodeJson(R));
  } catch (e) {
    if (isErrno(e, 'ENOENT')) return undefined;
    throw e;
  }
}

/** A broker attribute; undefined if there is none of that name. */
export async function attribute(m: Pick<Context, 'flux'>, name: string): Promise<string | undefined> {
  try {
    return await m.flux.getattr(name);
  } catch (e) {
    if (isErrno(e, 'ENOENT')) return undefined;
    throw e;
  }
}
