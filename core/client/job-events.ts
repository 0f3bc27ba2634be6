import type { DecodedEntry } from '../formats/eventlog';
import type { JsonObject } from '../formats/json';
import type { Flux } from '../handle/flux';
import { FluxError } from '../sys/errors';
import { watchEventlog } from './job-info';

/** Names of events in a job's main eventlog (RFC 21). */
export const MAIN_EVENTS = [
  'submit',
  'depend',
  'priority',
  'flux-restart',
  'urgency',
  'alloc',
  'free',
  'start',
  'release',
  'finish',
  'clean',
  'debug',
  'exception',
] as const;
/** An event of a job's main eventlog. */
export type MainEvent = (typeof MAIN_EVENTS)[number];

/** A fatal exception of a job: what a promise about the job is rejected with. */
export class JobException extends Error {
  /** Seconds since the epoch. */
  readonly timestamp: number;
  readonly type: string;
  readonly severity: number;
  readonly note: string;

  constructor({ timestamp, context = {} }: Pick<DecodedEntry, 'timestamp' | 'context'>) {
    const { type, severity, note } = context as JsonObject;
    super(`job.exception: type=${type}: ${note || NO_NOTE}`);
    this.name = 'JobException';
    this.timestamp = timestamp;
    this.type = String(type);
    this.severity = Number(severity);
    this.note = String(note || NO_NOTE);
  }
}

const NO_NOTE = 'no explanation given';

/** Whether an event ends its job. */
export const isFatal = ({ name, context }: Pick<DecodedEntry, 'name' | 'context'>) => name === 'exception' && context?.['severity'] === 0;

/**
 * The first event of a name in an eventlog of a job. A fatal exception before it rejects with JobException, unless `raise` is false. ENODATA: the
 * log has ended; ENOENT: no such job or log.
 */
export async function waitForEvent(
  flux: Flux,
  id: bigint,
  name: string,
  { eventlog = 'eventlog', raise = true }: { eventlog?: string; raise?: boolean } = {},
): Promise<DecodedEntry> {
  for await (const entry of watchEventlog(flux, id, eventlog)) {
    if (entry.name === name) return entry;
    if (raise && isFatal(entry)) throw new JobException(entry);
  }
  throw new FluxError('ENODATA', `eventlog ended before event='${name}'`);
}
