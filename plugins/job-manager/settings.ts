import { errorText, FluxError, isJsonObject, type JsonObject, type Log } from 'flux';
import { jsonTypeName } from 'flux/internal';
import type { JobtapHost } from './jobtap/host';

/** The table `[job-manager]`. */
export function confOf(config: JsonObject): JsonObject {
  const table = config['job-manager'];
  return isJsonObject(table) ? table : {};
}

/** `events_maxlen`: how many events the journal keeps; a wrong type is logged, and the default used. */
export function eventsMaxlen(config: JsonObject, log: Pick<Log, 'err'>): number | undefined {
  const { events_maxlen: length } = confOf(config);
  if (length === undefined) return undefined;
  if (Number.isInteger(length) || typeof length === 'bigint') return Number(length);
  log.err(`error reading job-manager config: Expected integer, got ${jsonTypeName(length)}`);
  return undefined;
}

/** Does what `plugins` says, entry by entry: remove, then load (jobtap.md §1.5). A mistake is an error that names the entry. */
export function loadConfiguredPlugins(jobtap: JobtapHost, config: JsonObject): void {
  const { plugins = [] } = confOf(config);
  if (!Array.isArray(plugins)) throw new FluxError('EINVAL', '[job-manager.plugins] config must be an array');
  plugins.forEach((entry: unknown, i) => {
    const where = `[job-manager.plugins][${i}]`;
    if (!isJsonObject(entry)) throw new FluxError('EINVAL', `${where}: Expected object, got ${jsonTypeName(entry)}`);
    const remove = member(entry, 'remove', 'string', where);
    const load = member(entry, 'load', 'string', where);
    const conf = member(entry, 'conf', 'object', where);
    if (remove !== undefined) attempt(`${where}: remove ${remove}`, () => jobtap.remove(remove as string));
    if (load !== undefined) attempt(`${where}: load ${load}`, () => jobtap.load(load as string, conf as JsonObject | undefined));
  });
}

function member(entry: JsonObject, key: string, type: string, where: string): unknown {
  const value = entry[key];
  if (value !== undefined && jsonTypeName(value) !== type)
    throw new FluxError('EINVAL', `${where}: Expected ${type}, got ${jsonTypeName(value)}`);
  return value;
}

function attempt(what: string, act: () => unknown): void {
  try {
    act();
  } catch (e) {
    const text = errorText(e);
    throw new FluxError(e instanceof FluxError ? e.code : 'EINVAL', `${what}: ${text}`, { cause: e });
  }
}
