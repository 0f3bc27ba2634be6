import { t } from '../schema';
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

const top = t.wire({ version: t.int(), resources: t.any() }, { title: 'at top level' });

const limited = t.wire(
  { attributes: t.wire({ system: t.wire({ duration: t.number({ default: 0 }) }, { default: {} }) }) },
  { title: 'at top level: getting duration' },
);

const vertex = t.wire({ type: t.string(), count: t.int(), with: t.optional(t.any()) });

/** The request of a jobspec, as sched-simple reads it (docs/protocol/resource-sched.md §7.5). @throws FluxError EINVAL with the contract's text */
export function parseRequest(jobspec: unknown): ResourceRequest {
  const { version, resources } = top.parse(jobspec);
  const { duration } = limited.parse(jobspec).attributes.system;
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
    const { type, count, with: below } = vertex.parse(value, { name: `level ${level}` });
    if (count <= 0) throw new FluxError('EINVAL', `Invalid count ${count} for type '${type}'`);
    if (type !== 'node' && type !== 'slot' && type !== 'core') throw new FluxError('EINVAL', `Unsupported resource type '${type}'`);
    counts[type] = count;
    if (below !== undefined) walk(below, level + 1, counts);
  }
}
