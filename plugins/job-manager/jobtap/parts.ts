import type { Flux, JsonObject, Log, ModuleContext } from 'flux';
import type { Library } from 'flux/internal';
import type { Annotator } from '../annotator';
import type { EventPoster } from '../events';
import type { JobTable } from '../table';

/** What the job manager is given, and its plugins with it. */
export interface Surroundings {
  /** The job manager's handle. */
  flux: Flux;
  log: Log;
  /** The broker configuration as it is now. */
  config(): JsonObject;
  /** The broker's environment. */
  env: Readonly<Record<string, string | undefined>>;
  /** FLUX_MODULE_PATH of the broker. */
  modulePath: string;
  /** ModuleContext.guard: catches what escapes the code of jobtap plugins. */
  guard: ModuleContext['guard'];
  /** ModuleContext.reads: what jobtap plugins read of the broker configuration. */
  reads: ModuleContext['reads'];
  /** What jobtap plugins import by name. */
  library: Library;
}

/** What the plugin host needs of the job manager. */
export interface JobtapParts extends Surroundings {
  table: JobTable;
  events: Pick<EventPoster, 'post'>;
  annotator: Pick<Annotator, 'merge'>;
}
