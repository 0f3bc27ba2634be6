import type { Flux, Log, ModuleContext } from 'flux';
import type { Annotator } from '../annotator';
import type { EventPoster } from '../events';
import type { JsonObject } from '../json';
import type { JobTable } from '../table';

/** What the plugin host needs of the job manager. */
export interface JobtapParts {
  /** The job manager's handle. */
  flux: Flux;
  table: JobTable;
  events: Pick<EventPoster, 'post'>;
  annotator: Pick<Annotator, 'merge'>;
  log: Log;
  /** The broker configuration as it is now. */
  config(): JsonObject;
  /** The broker's environment. */
  env: Readonly<Record<string, string | undefined>>;
  /** FLUX_MODULE_PATH of the broker. */
  modulePath: string;
  /** ModuleContext.guard: catches what escapes a plugin's code. */
  guard: ModuleContext['guard'];
  /** What plugins get as `flux`. */
  library: object;
}
