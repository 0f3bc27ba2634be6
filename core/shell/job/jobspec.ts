import { decodeJson, type JsonObject } from '../../formats/json';
import { t } from '../../schema';
import { errorText, FluxError } from '../../sys/errors';

/** What the shell reads in a jobspec (RFC 25 version 1; docs/protocol/shell.md §2). */
export interface ShellJobspec {
  version: 1;
  /** Product of the counts from the top down to the node; -1 if there is none. */
  nnodes: number;
  nslots: number;
  slotsPerNode: number;
  coresPerSlot: number;
  ntasks: number;
  command: readonly string[];
  cwd: string | undefined;
  /** The jobspec itself; its environment and shell options are the live ones. */
  object: JsonObject;
  /** attributes.system.environment, as it is changed by initrc and plugins. */
  environment: Record<string, string>;
  /** attributes.system.shell.options, as they are changed by initrc and plugins. */
  options: JsonObject;
}

const version = t.transform(t.int(), (value) => {
  if (value !== 1) throw new FluxError('EINVAL', `Invalid jobspec version: expected 1 got ${value}`);
  return value;
});

/** A wrong version is told before what else it may have brought. */
const shape = t.wire({
  version,
  resources: t.any(),
  tasks: t.any(),
  attributes: t.wire({ system: t.wire({ cwd: t.optional(t.string()) }) }),
});

const vertex = t.wire({ type: t.string(), count: t.int(), with: t.optional(t.any()) });

const counted = t.worded(
  t.wire({ count: t.union(t.wire({ total: t.int() }), t.wire({ per_slot: t.int() })) }),
  'Unable to parse task count',
);
const commanded = t.wire({ command: t.optional(t.worded(t.array(t.string(), { minLength: 1 }), 'Malformed command entry')) });

/** Objects as they are, not copied. */
const live = t.wire(t.exactObject());
const liveSystem = t.wire({ attributes: t.wire({ system: t.exactObject() }) });
const liveEnvironment = t.worded(live, 'attributes.system.environment is not object type');

/** Parses a jobspec. @throws FluxError EINVAL with the contract's text, without `error parsing jobspec: ` */
export function parseShellJobspec(text: string): ShellJobspec {
  const { resources, tasks, attributes } = shape.parse(parse(text, true));
  const counts = readResources(resources);
  const task: unknown = Array.isArray(tasks) ? (tasks[0] ?? null) : null;
  return {
    version: 1,
    ...counts,
    ntasks: readTaskCount(task, counts.nslots),
    command: readCommand(task),
    cwd: attributes.system.cwd,
    ...liveParts(parse(text, false) as JsonObject),
  };
}

function parse(text: string, reals: boolean): unknown {
  try {
    return decodeJson(text, { reals });
  } catch (e) {
    throw new FluxError('EINVAL', jsonProblem(text, e), { cause: e });
  }
}

function jsonProblem(text: string, e: unknown): string {
  try {
    JSON.parse(text);
  } catch (syntax) {
    return errorText(syntax);
  }
  return errorText(e);
}

// ---- attributes

// What is missing becomes {}, so that what initrc and plugins set has a place.
function liveParts(object: JsonObject): Pick<ShellJobspec, 'object' | 'environment' | 'options'> {
  const { system } = liveSystem.parse(object).attributes;
  const environment = liveEnvironment.parse((system['environment'] ??= {}));
  // a value that is no string is nothing a process can have in its environment
  for (const [name, value] of Object.entries(environment)) if (typeof value !== 'string') delete environment[name];
  const shell = live.parse((system['shell'] ??= {}));
  return { object, environment: environment as Record<string, string>, options: live.parse((shell['options'] ??= {})) };
}

// ---- tasks

function readTaskCount(task: unknown, nslots: number): number {
  const { count } = counted.parse(task);
  if ('total' in count) return count.total;
  if (count.per_slot !== 1) throw new FluxError('EINVAL', `per_slot count: expected 1 got ${count.per_slot}`);
  return nslots;
}

function readCommand(task: unknown): string[] {
  const { command } = commanded.parse(task);
  if (command === undefined) throw new FluxError('EINVAL', 'Unable to parse command');
  return command;
}

// ---- resources

type ResourceCounts = Pick<ShellJobspec, 'nnodes' | 'nslots' | 'slotsPerNode' | 'coresPerSlot'>;

interface Walk {
  nnodes: number;
  nslots: number;
  cores: number;
}

function readResources(resources: unknown): ResourceCounts {
  const walk: Walk = { nnodes: -1, nslots: -1, cores: -1 };
  walkLevel(resources, 0, 1, walk);
  if (walk.cores < 0) throw new FluxError('EINVAL', 'Missing core resource');
  const slotsPerNode = walk.nnodes > 0 ? Math.trunc(walk.nslots / walk.nnodes) : -1;
  return { nnodes: walk.nnodes, nslots: walk.nslots, slotsPerNode, coresPerSlot: walk.cores };
}

/** Goes down one list of vertices. `product`: of the counts above, from the top or, below a slot, from the slot. */
function walkLevel(list: unknown, level: number, product: number, walk: Walk): void {
  if (!Array.isArray(list) || list.length === 0) throw new FluxError('EINVAL', 'Malformed jobspec: resource entry is not a list');
  for (const value of list) {
    const { type, count, with: below } = vertex.parse(value, { name: `level ${level}` });
    checkOrder(type, walk);
    let underneath = product * count;
    if (type === 'node') walk.nnodes = underneath;
    if (type === 'slot') {
      walk.nslots = underneath;
      underneath = 1;
    }
    if (type === 'core') walk.cores = underneath;
    if (below !== undefined) walkLevel(below, level + 1, underneath, walk);
    if (type === 'node' && (walk.nslots < 0 || walk.cores < 0))
      throw new FluxError('EINVAL', 'node encountered without slot&core below it');
    if (type === 'slot' && walk.cores < 0) throw new FluxError('EINVAL', 'slot encountered without core below it');
  }
}

function checkOrder(type: string, { nnodes, nslots, cores }: Walk): void {
  const above = cores >= 0 ? 'core' : nslots >= 0 ? 'slot' : nnodes >= 0 ? 'node' : undefined;
  if (type === 'node' && above !== undefined) throw new FluxError('EINVAL', `node resource encountered after ${above} resource`);
  if (type === 'slot' && (above === 'slot' || above === 'core'))
    throw new FluxError('EINVAL', `slot resource encountered after ${above} resource`);
  if (type !== 'core') return;
  if (nslots < 0) throw new FluxError('EINVAL', 'core resource encountered before slot resource');
  if (cores >= 0) throw new FluxError('EINVAL', 'core resource encountered after core resource');
}
