import type { Flux, Log } from 'flux';
import type { Annotator } from '../annotator';
import type { EventPoster } from '../events';
import type { Job } from '../job';
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
  /** FLUX_MODULE_PATH of the broker. */
  modulePath: string;
  /** What plugins get as `flux`. */
  library: object;
}

/** Jobs that plugins may name though they are not in the table: being validated, or on their way out. */
export interface TransientJobs {
  get(id: bigint): Job | undefined;
}
