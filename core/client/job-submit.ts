import { jobIdFromJson } from '../formats/fluid';
import { signNone } from '../formats/signing';
import type { Flux } from '../handle/flux';
import { jobIngest } from '../protocol/job-ingest';
import { userId } from '../sys/credentials';

/** Flags of a submission (flux_job_submit(3)); combined by `|`. */
export const JOB_FLAG = {
  /** Post debug events. */
  debug: 2,
  /** The job can be waited for with waitForJob(); for the instance owner. */
  waitable: 4,
  /** The jobspec is not validated; for the instance owner. */
  novalidate: 8,
} as const;

/** Urgencies with a name (flux-mini(1)); any integer from 0 to 31 is one. */
export const URGENCY = { hold: 0, default: 16, expedite: 31 } as const;

/** Urgency and flags of a submission. */
export interface SubmitOptions {
  /** 0 to 31; default 16. */
  urgency?: number | bigint;
  /** JOB_FLAG bits; default none. */
  flags?: number;
}

/** Submits a jobspec, given as JSON text, and returns the job's id. Errors are the service's: EINVAL, EPERM … with a text. */
export function submitJob(flux: Flux, jobspec: string, options: SubmitOptions = {}): Promise<bigint> {
  return submitSigned(flux, signNone(userId(), jobspec), options);
}

/** Submits a jobspec that is signed already (J). */
export async function submitSigned(flux: Flux, j: string, { urgency = URGENCY.default, flags = 0 }: SubmitOptions = {}): Promise<bigint> {
  const { id } = await flux.call(jobIngest.submit, { J: j, urgency, flags });
  return jobIdFromJson(id);
}
