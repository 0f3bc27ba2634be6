import { JobState } from '../../../core';
import { Job, type JobInit } from '../../../plugins/job-manager/job';

/** A job in a state of your choice. */
export function jobIn(state: JobState, { priority, ...init }: Partial<JobInit> & { priority?: number } = {}): Job {
  const job = new Job({ id: 1n, userid: 100, urgency: 16, flags: 0, tSubmit: 1, jobspec: {}, ...init });
  job.state = state;
  if (priority !== undefined) job.priority = priority;
  return job;
}

/** A queued job by id and priority. */
export const queued = (id: number, priority: number): Job => jobIn(JobState.SCHED, { id: BigInt(id), priority });
