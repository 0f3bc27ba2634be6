import { FluxError, type Handlers, JobState, jobManager } from 'flux';
import { maxSignal } from 'flux/internal';
import type { Job } from '../job';
import type { Manager } from '../manager';
import { checkUser, targetJob, useridOf } from './target';

/** What asks the shells of running jobs, by an event, to signal their tasks. Delivery is not confirmed. */
export function killing(manager: Manager): Pick<Handlers<typeof jobManager>, 'kill' | 'killAll'> {
  return {
    kill: ({ id, signum }, request) => {
      checkSignal(signum);
      const unknown = new FluxError('EINVAL', 'unknown job id');
      const job = targetJob(manager.table, request, id, { unknown, foreign: 'guests may only send signals to their own jobs' });
      if (job.state !== JobState.RUN) throw new FluxError('EINVAL', 'job is not running');
      signal(manager, job, signum);
    },
    killAll: ({ dry_run, userid: wanted, signum }, request) => {
      const userid = useridOf(wanted);
      checkUser(request, userid, 'guests can only kill their own jobs');
      checkSignal(signum);
      const jobs = [...manager.table].filter((job) => (userid === undefined || job.userid === userid) && job.state === JobState.RUN);
      if (!dry_run) for (const job of jobs) signal(manager, job, signum);
      return { count: jobs.length, errors: 0 };
    },
  };
}

function checkSignal(signum: number): void {
  if (signum < 1 || signum > maxSignal) throw new FluxError('EINVAL', 'Invalid signal number');
}

function signal(manager: Manager, job: Job, signum: number): void {
  manager.publish(jobManager.shellKill.of(`${job.id}`), { signum });
}
