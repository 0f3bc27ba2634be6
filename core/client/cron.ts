import type { JsonObject } from '../formats/json';
import type { Flux } from '../handle';
import type { ReceivedFrom } from '../protocol';
import { cron } from '../protocol/cron';
import { FluxError } from '../sys/errors';
import { exactCall } from './exact-call';

/** When an entry runs: the arguments of its type (flux-cron(1)). */
export type CronWhen =
  | { type: 'interval'; args: { interval: number; after?: number } }
  | { type: 'event'; args: { topic: string; nth?: number; after?: number; min_interval?: number } }
  | { type: 'datetime'; args: Partial<Record<CronField, number | string>> & CronTime };

/** Fields of struct tm, in the broker's local time: months count from 0, years from 1900, weekdays from Sunday, 0. */
export type CronField = 'second' | 'minute' | 'hour' | 'mday' | 'month' | 'year' | 'weekday';

/** Arguments of a datetime entry that the original's service does not know, and passes over. */
export interface CronTime {
  /** A restricted mday and a restricted weekday: `either` is enough, as in crontab(5); default both. */
  days?: 'either' | 'both';
  /** Seconds since the epoch: runs then, whatever the fields say in the broker's time zone. */
  time?: number;
}

/** The command of an entry, and how often it is run. Times in seconds. */
export interface CronCommand {
  name: string;
  /** For `sh -c`. */
  command: string;
  /** Environment; default the broker's. */
  environ?: Record<string, string>;
  /** Default the broker's. */
  cwd?: string;
  /** Stop after so many runs. */
  repeat?: number;
  rank?: number;
  timeout?: number;
  'task-history-count'?: number;
  'stop-on-failure'?: number;
}

/** An entry of the cron service, with its statistics and tasks. Times are seconds since the epoch, 0 for never. */
export type CronEntry = ReceivedFrom<typeof cron.create>;

/** A run of an entry. */
export type CronTask = CronEntry['tasks'][number];

/** The event that tasks wait for; without one they run at once. */
export type CronSync = ReceivedFrom<typeof cron.sync>;

const noArguments = {};

/** Adds an entry and starts it. EINVAL, ERANGE, EPROTO for bad arguments. */
export function createCron(flux: Flux, when: CronWhen, command: CronCommand): Promise<CronEntry> {
  return flux.call(cron.create, { ...when, ...command });
}

/** All entries, in the order of their creation. */
export async function listCron(flux: Flux): Promise<CronEntry[]> {
  return (await flux.call(cron.list, noArguments)).entries;
}

/** One entry as it was sent: integers and reals told apart. ENOENT. */
export async function exactCron(flux: Flux, id: number): Promise<JsonObject> {
  const { entries } = await exactCall(flux, cron.list, noArguments);
  const entry = entries.find((candidate) => candidate.id === id);
  if (!entry) throw new FluxError('ENOENT');
  return entry as unknown as JsonObject;
}

/** ENOENT; EINVAL if it is stopped already. */
export function stopCron(flux: Flux, id: number): Promise<CronEntry> {
  return flux.call(cron.stop, { id });
}

/** Starts a stopped entry, counting from 0 again. ENOENT; EINVAL if it is not stopped. */
export function startCron(flux: Flux, id: number): Promise<CronEntry> {
  return flux.call(cron.start, { id });
}

/** Removes an entry, and gives it as it was; with `kill` its task gets SIGTERM. ENOENT. */
export function deleteCron(flux: Flux, id: number, kill = false): Promise<CronEntry> {
  return flux.call(cron.delete, { id, kill });
}

/** Asks for, or changes, the event that tasks wait for. `epsilon` in seconds. */
export function syncCron(flux: Flux, change: { topic?: string; disable?: true; epsilon?: number } = {}): Promise<CronSync> {
  const { epsilon, ...rest } = change;
  return flux.call(cron.sync, { ...rest, ...(epsilon === undefined ? {} : { sync_epsilon: epsilon }) });
}
