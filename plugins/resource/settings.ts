import { FluxError, isJsonObject, type JsonValue, type ModuleContext } from 'flux';
import { jsonTypeName } from 'flux/internal';

/** Table `[resource]` of the broker configuration (flux-config-resource(5)). */
export interface ResourceConf {
  /** File with the R of the instance. */
  path?: string;
  /** Ranks or hosts that are never offered to the scheduler. */
  exclude?: string;
  /** Don't compare R with what is found on each rank. */
  noverify: boolean;
}

export interface ResourceSettings extends ResourceConf {
  /** Take all ranks for online from the start (for tests). */
  forceUp: boolean;
}

/** Configuration and module arguments together. @throws FluxError EINVAL, with the reason in the log */
export function readSettings(m: ModuleContext): ResourceSettings {
  const settings = { ...readConf(m.config), forceUp: false };
  for (const arg of m.args) {
    if (arg === 'noverify') settings.noverify = true;
    else if (arg === 'monitor-force-up') settings.forceUp = true;
    else throw new FluxError('EINVAL', `unknown option: ${arg}`);
  }
  return settings;
}

/** The table in a whole broker configuration. @throws FluxError EINVAL with the contract's text */
export function readConf(config: Record<string, unknown>): ResourceConf {
  const { resource: table = {} } = config;
  if (!isJsonObject(table)) throw bad(`Expected object, got ${jsonTypeName(table)}`);
  const { path, exclude, noverify, ...others } = table;
  const unknown = Object.keys(others);
  if (unknown.length > 0) throw bad(`${unknown.length} object item(s) left unpacked: ${unknown.join(', ')}`);
  return {
    ...(path === undefined ? {} : { path: text(path) }),
    ...(exclude === undefined ? {} : { exclude: text(exclude) }),
    noverify: noverify === undefined ? false : flag(noverify),
  };
}

function text(value: JsonValue): string {
  if (typeof value !== 'string') throw bad(`Expected string, got ${jsonTypeName(value)}`);
  return value;
}

function flag(value: JsonValue): boolean {
  if (typeof value !== 'boolean') throw bad(`Expected true or false, got ${jsonTypeName(value)}`);
  return value;
}

function bad(reason: string): FluxError {
  return new FluxError('EINVAL', `error parsing [resource] configuration: ${reason}`);
}
