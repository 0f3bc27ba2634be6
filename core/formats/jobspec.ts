import { FluxError } from '../sys/errors';
import { formatFsd } from './fsd';
import { isJsonObject, type JsonObject, type JsonValue, type Real, real } from './json';

/** A vertex of a jobspec's resources (RFC 25, version 1). */
export interface ResourceVertex {
  type: string;
  count: number;
  with?: ResourceVertex[];
  label?: string;
  exclusive?: boolean;
}

/** Jobspec version 1 (RFC 25), as the clients of this system write it. */
export interface Jobspec {
  resources: ResourceVertex[];
  tasks: { command: string[]; slot: string; count: { per_slot: number } | { total: number } }[];
  attributes: { system: JsonObject; user?: JsonObject };
  version: 1;
}

/** Longest time limit of a job, in seconds (50 million days): its end is still a date, wherever dates are counted. */
export const MAX_DURATION = 4_320_000_000_000;

/** A command, and what it runs with. */
export interface JobspecOptions {
  command: readonly string[];
  /** Number of tasks; 1 unless told. */
  ntasks?: number;
  /** Number of nodes to spread the tasks over; as few as fit unless told. */
  nnodes?: number;
  coresPerTask?: number;
  gpusPerTask?: number;
  /** Time limit in seconds; none unless told. */
  duration?: number;
  cwd?: string;
  environment?: Readonly<Record<string, string | undefined>>;
}

/** The jobspec of a command, laid out as `flux mini` does (flux-mini(1)). @throws FluxError EINVAL with flux-mini's texts */
export function createJobspec(options: JobspecOptions): Jobspec {
  const { command, ntasks = 1, nnodes, coresPerTask = 1, gpusPerTask = 0, duration, cwd, environment } = options;
  if (command.length === 0) throw new FluxError('EINVAL', 'job command and arguments are missing');
  if (!atLeast(ntasks, 1)) throw new FluxError('EINVAL', 'task count must be a integer >= 1');
  if (!atLeast(coresPerTask, 1)) throw new FluxError('EINVAL', 'cores per task must be an integer >= 1');
  if (!atLeast(gpusPerTask, 0)) throw new FluxError('EINVAL', 'gpus per task must be an integer >= 0');
  if (nnodes !== undefined && !atLeast(nnodes, 1)) throw new FluxError('EINVAL', 'node count must be an integer >= 1 (if set)');
  if (nnodes !== undefined && nnodes > ntasks) throw new FluxError('EINVAL', 'node count must not be greater than task count');
  if (duration !== undefined) checkDuration(duration);
  const cores: ResourceVertex = { type: 'core', count: coresPerTask };
  const slot = (count: number): ResourceVertex => ({
    type: 'slot',
    count,
    with: gpusPerTask > 0 ? [cores, { type: 'gpu', count: gpusPerTask }] : [cores],
    label: 'task',
  });
  const even = nnodes === undefined || ntasks % nnodes === 0;
  const system: JsonObject = { duration: duration === undefined ? 0 : real(duration) };
  if (cwd !== undefined) system['cwd'] = cwd;
  if (environment !== undefined) system['environment'] = setVariables(environment);
  return {
    resources: [nnodes === undefined ? slot(ntasks) : { type: 'node', count: nnodes, with: [slot(Math.ceil(ntasks / nnodes))] }],
    tasks: [{ command: [...command], slot: 'task', count: even ? { per_slot: 1 } : { total: ntasks } }],
    attributes: { system },
    version: 1,
  };
}

/** Without those that are undefined, which an environment may have by its type. */
const setVariables = (environment: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(Object.entries(environment).filter((pair): pair is [string, string] => pair[1] !== undefined));

/** @throws FluxError EINVAL for seconds that can't be a job's time limit */
export function checkDuration(seconds: number): void {
  if (!(seconds >= 0)) throw new FluxError('EINVAL', 'time limit must not be negative');
  if (seconds > MAX_DURATION) throw new FluxError('EINVAL', `time limit is too long: at most ${formatFsd(MAX_DURATION, 9)} can be kept to`);
}

/** Sets the attribute at a dotted path below `attributes`, making objects on the way. @throws FluxError EINVAL below a value that is no object */
export function setAttribute(jobspec: { attributes: object }, path: string, value: JsonValue): void {
  const names = path.split('.');
  const last = names.pop()!;
  let at = jobspec.attributes as JsonObject;
  for (const name of names) {
    if (!Object.hasOwn(at, name)) define(at, name, {});
    const next = at[name];
    if (!isJsonObject(next)) throw new FluxError('EINVAL', `cannot set ${path}: ${name} is not an object`);
    at = next;
  }
  define(at, last, value);
}

/** Value of the attribute at a dotted path below `attributes`; undefined if there is none. */
export function getAttribute(jobspec: unknown, path: string): JsonValue | undefined {
  let at: unknown = isJsonObject(jobspec) ? jobspec['attributes'] : undefined;
  for (const name of path.split('.')) {
    if (!isJsonObject(at) || !Object.hasOwn(at, name)) return undefined;
    at = at[name];
  }
  return at as JsonValue | undefined;
}

/** Time limit in seconds stated by a jobspec; 0 if none. */
export function jobspecDuration(jobspec: unknown): number {
  const duration = getAttribute(jobspec, 'system.duration');
  return typeof duration === 'number' ? duration : Number((duration as Real | undefined)?.valueOf() ?? 0);
}

/** A copy of a jobspec without `attributes.system.environment`: what services hand on (docs/protocol/job-manager.md §3.6). */
export function redactEnvironment(jobspec: JsonObject): JsonObject {
  const attributes = jobspec['attributes'];
  const system = isJsonObject(attributes) ? attributes['system'] : undefined;
  if (!isJsonObject(attributes) || !isJsonObject(system) || !Object.hasOwn(system, 'environment')) return jobspec;
  const { environment: _, ...rest } = system;
  return { ...jobspec, attributes: { ...attributes, system: rest } };
}

function atLeast(value: number, least: number): boolean {
  return Number.isInteger(value) && value >= least;
}

function define(object: JsonObject, key: string, value: JsonValue): void {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}
