import { FluxError, isErrno, JobState, type Request } from 'flux';
import { maxSignal, unpack } from 'flux/internal';
import type { Job } from '../job';
import type { Manager } from '../manager';
import { checkUser, targetJob, useridOf } from './target';

/** `kill`: asks the shells of a running job, by an event, to signal their tasks. Delivery is not confirmed. */
export function kill(manager: Manager, request: Request): void {
  const { id, signum } = unpack(request, { id: 'I', signum: 'i' });
  checkSignal(signum);
  const unknown = new FluxError('EINVAL', 'unknown job id');
  const job = targetJob(manager.table, request, id, { unknown, foreign: 'guests may only send signals to their own jobs' });
  if (job.state !== JobState.RUN) throw new FluxError('EINVAL', 'job is not running');
  signal(manager, job, signum);
}

/** `killall`: the same for all running jobs of a user, or of all users. */
export function killAll(manager: Manager, request: Request): { count: number; errors: number } {
  const { dry_run, userid: wanted, signum } = unpackAll(request);
  const userid = useridOf(wanted);
  checkUser(request, userid, 'guests can only kill their own jobs');
  checkSignal(signum);
  const jobs = [...manager.table].filter((job) => (userid === undefined || job.userid === userid) && job.state === JobState.RUN);
  if (!dry_run) for (const job of jobs) signal(manager, job, signum);
  return { count: jobs.length, errors: 0 };
}

function unpackAll(request: Request) {
  try {
    return unpack(request, { dry_run: 'b', userid: 'i', signum: 'i' });
  } catch (e) {
    throw isErrno(e, 'EPROTO') ? new FluxError('EPROTO', 'error decoding request') : e;
  }
}

function checkSignal(signum: number): void {
  if (signum < 1 || signum > maxSignal) throw new FluxError('EINVAL', 'Invalid signal number');
}

function signal(manager: Manager, job: Job, signum: number): void {
  manager.publish(`shell-${job.id}.kill`, { signum });
}
