import { JobState, URGENCY } from 'flux';
import type { EventPoster } from './events';
import { type Job, PRIORITY_EXPEDITED, PRIORITY_HELD } from './job';

/** Whether a priority means something to the job now. */
export function canBePrioritized(job: Job): boolean {
  return (job.state & (JobState.PRIORITY | JobState.SCHED)) !== 0;
}

/** The priority a job gets of one that a plugin assigned: urgencies hold and expedite force theirs (docs/protocol/job-manager.md §6.4). */
export function effectivePriority(job: Job, assigned: number): number {
  if (job.urgency === URGENCY.hold) return PRIORITY_HELD;
  return job.urgency === URGENCY.expedite ? PRIORITY_EXPEDITED : assigned;
}

/** Gives the job a priority; posts nothing where it has it, or where priorities mean nothing. */
export function prioritize(events: Pick<EventPoster, 'post'>, job: Job, assigned: number): void {
  if (!canBePrioritized(job)) return;
  const priority = effectivePriority(job, assigned);
  if (priority !== job.priority) events.post(job, 'priority', { priority });
}
