import { MAX_DURATION } from './jobspec';
import { isJsonObject, type JsonObject, Real } from './json';

/** Answer of a validator: errnum 0 is valid. */
export interface ValidationResult {
  errnum: number;
  errstr?: string;
}

/**
 * The rules of the validator plugin `jobspec` (docs/protocol/job-manager.md §3.5), in order; the first that fails is reported, with errnum 1 (EPERM).
 * The jobspec must have been decoded with reals kept, so that `1.0` is not taken for an integer.
 */
export function validateJobspec(jobspec: unknown, options: { requireVersion?: 1 | 'any' } = {}): ValidationResult {
  try {
    checkJobspec(jobspec, options.requireVersion ?? 1);
    return { errnum: 0 };
  } catch (e) {
    if (e instanceof Invalid) return { errnum: 1, errstr: e.message };
    throw e;
  }
}

class Invalid extends Error {}

function checkJobspec(jobspec: unknown, requireVersion: 1 | 'any'): void {
  const top = mapping(jobspec, 'jobspec');
  requireKeys(top, ['attributes', 'version', 'resources', 'tasks']);
  allowKeys(top, ['attributes', 'version', 'resources', 'tasks']);
  const { version, resources, tasks, attributes } = top;
  const isVersion1 = numberOf(version) === 1;
  if (requireVersion === 1) ensure(isVersion1, 'version must be 1');
  const resourceList = sequence(resources, 'resources');
  const taskList = sequence(tasks, 'tasks');
  ensure(isInteger(version), 'version must be an integer');
  const attributeMap = mapping(attributes, 'attributes');
  ensure(numberOf(version)! >= 1, 'version must be >= 1');
  for (const resource of resourceList) checkResource(resource, isVersion1);
  ensure(taskList.length > 0, 'tasks must not be empty');
  for (const task of taskList) checkTask(task);
  allowKeys(attributeMap, ['system', 'user']);
  checkDependencies(attributeMap['system']);
  checkSurroundings(attributeMap['system']);
  if (isVersion1) checkVersion1(attributeMap);
}

function checkResource(value: unknown, isVersion1: boolean): void {
  const resource = mapping(value, 'resource');
  for (const key of ['type', 'count']) {
    ensure(has(resource, key), `${key} is a required key for resources`);
    if (key === 'type') ensure(typeof resource['type'] === 'string', 'type must be a string');
  }
  checkCount(resource['count'], isVersion1);
  for (const key of ['id', 'unit', 'label']) if (has(resource, key)) ensure(typeof resource[key] === 'string', `${key} must be a string`);
  if (has(resource, 'exclusive')) ensure(isTruthValue(resource['exclusive']), 'exclusive must be a boolean');
  if (resource['type'] === 'slot') ensure(has(resource, 'label'), 'slots must have labels');
  if (has(resource, 'with')) for (const child of childrenOf(resource['with'])) checkResource(child, isVersion1);
}

/** A range is for jobspecs that are not of version 1 (RFC 14; RFC 25 has integers only). */
function checkCount(count: unknown, isVersion1: boolean): void {
  if (isJsonObject(count)) {
    checkCountRange(count);
    ensure(!isVersion1, 'count must be an int: version 1 has no ranges');
  } else {
    ensure(isInteger(count), 'count must be an int or mapping');
    ensure(numberOf(count)! > 0, 'count must be > 0');
  }
}

function checkCountRange(count: JsonObject): void {
  ensure(has(count, 'min'), 'min must be in range');
  if (Object.keys(count).length > 1) {
    requireKeys(count, ['min', 'max', 'operator', 'operand']);
    allowKeys(count, ['min', 'max', 'operator', 'operand']);
  }
  for (const key of ['min', 'max', 'operand']) {
    if (!has(count, key)) continue;
    ensure(isInteger(count[key]), `${key} must be an int`);
    ensure(numberOf(count[key])! > 0, `${key} must be > 0`);
  }
  if (has(count, 'operator')) ensure(['+', '*', '^'].includes(count['operator'] as string), "operator must be one of ['+', '*', '^']");
}

function checkTask(value: unknown): void {
  const task = mapping(value, 'task');
  requireKeys(task, ['command', 'slot', 'count']);
  const count = mapping(task['count'], 'count');
  for (const key of ['total', 'per_slot']) {
    if (!has(count, key)) continue;
    ensure(isInteger(count[key]), `count ${key} must be an int`);
    ensure(numberOf(count[key])! > 0, `count ${key} must be > 0`);
  }
  ensure(typeof task['slot'] === 'string', 'slot must be a string');
  if (has(task, 'attributes')) mapping(task['attributes'], 'count');
  checkCommand(task['command']);
}

function checkCommand(command: unknown): void {
  const isEmpty =
    command === '' || (Array.isArray(command) && command.length === 0) || (isJsonObject(command) && Object.keys(command).length === 0);
  ensure(!isEmpty, 'command array cannot have length of zero');
  ensure(Array.isArray(command) && command.every((word) => typeof word === 'string'), 'command must be a list of strings');
}

function checkDependencies(system: unknown): void {
  if (!isJsonObject(system) || !has(system, 'dependencies')) return;
  const dependencies = system['dependencies'];
  ensure(Array.isArray(dependencies) || dependencies === '', 'attributes.system.dependencies must be a list');
  for (const value of dependencies as unknown[]) {
    const dependency = mapping(value, 'dependency');
    requireKeys(dependency, ['scheme', 'value']);
    for (const key of ['scheme', 'value']) ensure(typeof dependency[key] === 'string', `dependency ${key} must be a string`);
  }
}

/** Where and with what the tasks run (RFC 14). */
function checkSurroundings(system: unknown): void {
  if (!isJsonObject(system)) return;
  if (has(system, 'cwd')) ensure(typeof system['cwd'] === 'string', 'attributes.system.cwd must be a string');
  if (has(system, 'environment')) mapping(system['environment'], 'attributes.system.environment');
}

function checkVersion1(attributes: JsonObject): void {
  ensure(has(attributes, 'system'), 'attributes.system is a required key');
  const system = mapping(attributes['system'], 'attributes.system');
  ensure(has(system, 'duration'), 'attributes.system.duration is a required key');
  const duration = numberOf(system['duration']);
  ensure(duration !== undefined, 'attributes.system.duration must be a number');
  ensure(duration >= 0, 'attributes.system.duration must be >= 0');
  ensure(duration <= MAX_DURATION, `attributes.system.duration must be <= ${MAX_DURATION}`);
}

function ensure(condition: boolean, text: string): asserts condition {
  if (!condition) throw new Invalid(text);
}

function has(object: JsonObject, key: string): boolean {
  return Object.hasOwn(object, key);
}

function requireKeys(object: JsonObject, keys: readonly string[]): void {
  for (const key of keys) ensure(has(object, key), `Missing key (${key})`);
}

function allowKeys(object: JsonObject, keys: readonly string[]): void {
  for (const key of Object.keys(object)) ensure(keys.includes(key), `Extraneous key (${key})`);
}

function mapping(value: unknown, name: string): JsonObject {
  ensure(isJsonObject(value), `${name} must be a mapping`);
  return value;
}

// A string counts as a sequence of its characters.
function sequence(value: unknown, name: string): readonly unknown[] {
  if (typeof value === 'string') return [...value];
  ensure(Array.isArray(value), `${name} must be a sequence`);
  return value;
}

// Children given as an object are its keys, which are no mappings.
function childrenOf(value: unknown): readonly unknown[] {
  return isJsonObject(value) ? Object.keys(value) : sequence(value, 'with');
}

// 0 and 1 are truth values, but true and false are no integers.
function isTruthValue(value: unknown): boolean {
  return typeof value === 'boolean' || [0, 1].includes(numberOf(value) ?? -1);
}

function isInteger(value: unknown): boolean {
  return typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value));
}

function numberOf(value: unknown): number | undefined {
  if (value instanceof Real) return value.value;
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'number' ? value : undefined;
}
