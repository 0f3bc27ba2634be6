import type { Log } from 'flux';
import type { CronContext } from './types';

/** What a trigger needs of its entry. */
export interface TriggerHost {
  readonly m: CronContext;
  /** `cron-N`, in log lines. */
  readonly label: string;
  readonly log: Log;
  /** Seconds since the epoch; 0: never. */
  readonly lastrun: number;
  /** True when the entry has a number of runs, and not all were. */
  readonly hasRunsLeft: boolean;
  /** It is time to run. */
  fire(): void;
  /** The trigger will never fire again: stops the entry. */
  stop(): void;
}

/** When an entry runs: after intervals, on events, at dates and times. Made stopped. */
export interface Trigger {
  start(): void | Promise<void>;
  stop(): void | Promise<void>;
  /** The member `typedata` of the entry. */
  toJSON(): object;
}
