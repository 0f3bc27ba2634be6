import { decodeJson, isJsonObject, type JsonObject } from '../../formats/json';
import { expectObject, jsonInteger, member } from '../../formats/json-types';
import { errorText, FluxError } from '../../sys/errors';

/** What the shell reads in a jobspec (RFC 25 version 1; contract/shell.md §2). */
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

/** Parses a jobspec. @throws FluxError EINVAL with the contract's text, without `error parsing jobspec: ` */
export function parseShellJobspec(text: string): ShellJobspec {
  const strict = expectObject(parse(text, true));
  const version = member.integer(strict, 'version');
  if (version !== 1) throw new FluxError('EINVAL', `Invalid jobspec version: expected 1 got ${version}`);
  const resources = member.any(strict, 'resources');
  const tasks = member.any(strict, 'tasks');
  const system = member.object(member.object(strict, 'attributes'), 'system');
  const counts = readResources(resources);
  const task = firstTask(tasks);
  return {
    version: 1,
    ...counts,
    ntasks: readTaskCount(task, counts.nslots),
    command: readCommand(task),
    cwd: Object.hasOwn(system, 'cwd') ? member.string(system, 'cwd') : undefined,
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
  const system = member.object(member.object(object, 'attributes'), 'system');
  system['environment'] ??= {};
  const { environment } = system;
  if (!isJsonObject(environment)) throw new FluxError('EINVAL', 'attributes.system.environment is not object type');
  // a value that is no string is nothing a process can have in its environment
  for (const [name, value] of Object.entries(environment)) if (typeof value !== 'string') delete environment[name];
  system['shell'] ??= {};
  const shell = member.object(system, 'shell');
  shell['options'] ??= {};
  return { object, environment: environment as Record<string, string>, options: member.object(shell, 'options') };
}

// ---- tasks

function firstTask(tasks: unknown): JsonObject {
  const task: unknown = Array.isArray(tasks) ? tasks[0] : undefined;
  return isJsonObject(task) ? task : {};
}

function readTaskCount(task: JsonObject, nslots: number): number {
  const count = isJsonObject(task['count']) ? task['count'] : {};
  const total = jsonInteger(count['total']);
  if (total !== undefined) return total;
  const perSlot = jsonInteger(count['per_slot']);
  if (perSlot === undefined) throw new FluxError('EINVAL', 'Unable to parse task count');
  if (perSlot !== 1) throw new FluxError('EINVAL', `per_slot count: expected 1 got ${perSlot}`);
  return nslots;
}

function readCommand(task: JsonObject): string[] {
  const command = task['command'];
  if (command === undefined) throw new FluxError('EINVAL', 'Unable to parse command');
  if (!Array.isArray(command) || command.length === 0 || !command.every((word) => typeof word === 'string'))
    throw new FluxError('EINVAL', 'Malformed command entry');
  return command as string[];
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
  for (const vertex of list) {
    const { type, count, below } = readVertex(vertex, level);
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

function readVertex(vertex: unknown, level: number): { type: string; count: number; below: unknown } {
  try {
    const object = expectObject(vertex);
    return { type: member.string(object, 'type'), count: member.integer(object, 'count'), below: object['with'] };
  } catch (e) {
    throw new FluxError('EINVAL', `level ${level}: ${errorText(e)}`);
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
