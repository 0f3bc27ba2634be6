import { isJsonObject, type JsonObject } from '../formats/json';
import { expectObject, jsonNumber, jsonTypeName, member } from '../formats/json-types';
import { FluxError } from '../sys/errors';

/** What a job asks of a scheduler that knows nodes and cores. */
export interface ResourceRequest {
  /** Number of nodes; 0 if the jobspec names none. */
  nnodes: number;
  /** Number of slots over all nodes. */
  nslots: number;
  /** Cores of a slot. */
  slotSize: number;
  /** Time limit in seconds; 0 if none. */
  duration: number;
}

/** The request of a jobspec, as sched-simple reads it (contract: resource-sched.md, 7.5). @throws FluxError EINVAL with the contract's text */
export function parseRequest(jobspec: unknown): ResourceRequest {
  const { version, resources } = prefixed('at top level: ', () => {
    const top = expectObject(jobspec);
    return { version: member.integer(top, 'version'), resources: member.any(top, 'resources') };
  });
  const duration = prefixed('at top level: getting duration: ', () => durationOf(jobspec as JsonObject));
  if (version !== 1) throw new FluxError('EINVAL', `Invalid version: expected 1, got ${version}`);
  const counts: Counts = { node: 0, slot: 0, core: 0 };
  walk(resources, 0, counts);
  if (counts.slot <= 0) throw new FluxError('EINVAL', 'Unable to determine slot count');
  if (counts.core <= 0) throw new FluxError('EINVAL', 'Unable to determine slot size');
  return { nnodes: counts.node, nslots: counts.slot * (counts.node || 1), slotSize: counts.core, duration };
}

interface Counts {
  node: number;
  slot: number;
  core: number;
}

// Depth first; of several vertices of a type the last one wins.
function walk(vertices: unknown, level: number, counts: Counts): void {
  if (!Array.isArray(vertices)) throw new FluxError('EINVAL', `level ${level}: must be an array`);
  for (const value of vertices) {
    const vertex = prefixed(`level ${level}: `, () => expectObject(value));
    const { type, count } = prefixed(`level ${level}: `, () => ({
      type: member.string(vertex, 'type'),
      count: member.integer(vertex, 'count'),
    }));
    if (count <= 0) throw new FluxError('EINVAL', `Invalid count ${count} for type '${type}'`);
    if (type !== 'node' && type !== 'slot' && type !== 'core') throw new FluxError('EINVAL', `Unsupported resource type '${type}'`);
    counts[type] = count;
    if (Object.hasOwn(vertex, 'with')) walk(vertex['with'], level + 1, counts);
  }
}

function durationOf(jobspec: JsonObject): number {
  const attributes = member.object(jobspec, 'attributes');
  if (!Object.hasOwn(attributes, 'system')) return 0;
  const system = attributes['system'];
  if (!isJsonObject(system)) throw new FluxError('EINVAL', `Expected object, got ${jsonTypeName(system)}`);
  if (!Object.hasOwn(system, 'duration')) return 0;
  const duration = jsonNumber(system['duration']);
  if (duration === undefined) throw new FluxError('EINVAL', `Expected real or integer, got ${jsonTypeName(system['duration'])}`);
  return duration;
}

function prefixed<T>(prefix: string, read: () => T): T {
  try {
    return read();
  } catch (e) {
    if (e instanceof FluxError) throw new FluxError(e.code, prefix + e.message);
    throw e;
  }
}
