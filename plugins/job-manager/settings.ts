import { errorText, FluxError, isJsonObject, type JsonObject, type Log, t } from 'flux';
import type { JobtapHost } from './jobtap/host';

const journalSettings = t.wire({ events_maxlen: t.optional(t.int()) });
const pluginEntry = t.wire({ remove: t.optional(t.string()), load: t.optional(t.string()), conf: t.optional(t.exactObject()) });

/** The table `[job-manager]`. */
export function confOf(config: JsonObject): JsonObject {
  const table = config['job-manager'];
  return isJsonObject(table) ? table : {};
}

/** `events_maxlen`: how many events the journal keeps; a wrong type is logged, and the default used. */
export function eventsMaxlen(config: JsonObject, log: Pick<Log, 'err'>): number | undefined {
  try {
    return journalSettings.parse(confOf(config), { name: 'error reading job-manager config' }).events_maxlen;
  } catch (e) {
    log.err(errorText(e));
    return undefined;
  }
}

/** Does what `plugins` says, entry by entry: remove, then load (docs/protocol/jobtap.md §1.5). A mistake is an error that names the entry. */
export function loadConfiguredPlugins(jobtap: JobtapHost, config: JsonObject): void {
  const { plugins = [] } = confOf(config);
  if (!Array.isArray(plugins)) throw new FluxError('EINVAL', '[job-manager.plugins] config must be an array');
  plugins.forEach((entry: unknown, i) => {
    const where = `[job-manager.plugins][${i}]`;
    const { remove, load, conf } = pluginEntry.parse(entry, { name: where });
    if (remove !== undefined) attempt(`${where}: remove ${remove}`, () => jobtap.remove(remove));
    if (load !== undefined) attempt(`${where}: load ${load}`, () => jobtap.load(load, conf));
  });
}

function attempt(what: string, act: () => unknown): void {
  try {
    act();
  } catch (e) {
    const text = errorText(e);
    throw new FluxError(e instanceof FluxError ? e.code : 'EINVAL', `${what}: ${text}`, { cause: e });
  }
}
