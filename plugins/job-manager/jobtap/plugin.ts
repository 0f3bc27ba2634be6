import type { JobtapJob, Log } from 'flux';
import { errorStack, type Handler, OwnedResources, PluginHandlers } from 'flux/internal';
import type { Call } from './call';
import type { FoundPlugin } from './find';

export type Handlers = PluginHandlers<[JobtapJob, Call]>;
export type JobtapHandler = Handler<[JobtapJob, Call]>;

/** One loaded plugin and all that is its own. */
export class JobtapPlugin extends OwnedResources {
  /** As `flux jobtap list` shows it. */
  readonly listed: string;
  readonly path: string;
  /** Service name. */
  readonly name: string;
  readonly handlers: Handlers;
  readonly log: Log;
  /** Ids of jobs whose events it wants. */
  readonly subscriptions = new Set<bigint>();

  constructor({ listed, path }: Pick<FoundPlugin, 'listed' | 'path'>, name: string, log: Log) {
    const own = prefixed(log, listed);
    super((where, e) => own.err(`${where}: ${errorStack(e)}`));
    this.listed = listed;
    this.path = path;
    this.name = name;
    this.handlers = new PluginHandlers(listed);
    this.log = own;
  }
}

/** A log whose lines say whose they are. */
function prefixed(log: Log, name: string): Log {
  const level = (write: (text: string) => void) => (text: string) => write(`${name}: ${text}`);
  const { emerg, alert, crit, err, warning, notice, info, debug } = log;
  return {
    emerg: level(emerg),
    alert: level(alert),
    crit: level(crit),
    err: level(err),
    warning: level(warning),
    notice: level(notice),
    info: level(info),
    debug: level(debug),
  };
}
