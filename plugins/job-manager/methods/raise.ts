import { FluxError, type Handlers, jobManager } from 'flux';
import type { Job } from '../job';
import type { Manager } from '../manager';
import { checkUser, targetJob, useridOf } from './target';

const FOREIGN = 'guests can only raise exceptions on their own jobs';

/** What posts an exception to a job, or to all jobs of a user, or of all users, in some states, and publishes it. */
export function raising(manager: Manager): Pick<Handlers<typeof jobManager>, 'raise' | 'raiseAll'> {
  return {
    raise: ({ id, severity, type, note }, request) => {
      checkException(severity, type);
      const job = targetJob(manager.table, request, id, { unknown: new FluxError('ENOENT', 'unknown job id'), foreign: FOREIGN });
      raiseOn(manager, job, { type, severity, userid: request.userid, note });
    },
    raiseAll: ({ dry_run, userid: wanted, states, severity, type, note }, request) => {
      const userid = useridOf(wanted);
      checkUser(request, userid, FOREIGN);
      checkException(severity, type);
      // The youngest first: what waits is gone before those ahead of it free their resources.
      const jobs = [...manager.table].filter((job) => (userid === undefined || job.userid === userid) && job.state & states).reverse();
      const failed = dry_run
        ? []
        : jobs.filter((job) => !succeeds(() => raiseOn(manager, job, { type, severity, userid: request.userid, note })));
      return { count: jobs.length, errors: failed.length };
    },
  };
}

interface Exception {
  type: string;
  severity: number;
  userid: number;
  note: string;
}

function raiseOn(manager: Manager, job: Job, { type, severity, userid, note }: Exception): void {
  manager.events.post(job, 'exception', { type, severity, userid, note });
  manager.publish(jobManager.jobException, { id: job.id, type, severity }, { private: true });
}

function checkException(severity: number, type: string): void {
  if (severity < 0 || severity > 7) throw new FluxError('EPROTO', 'invalid exception severity');
  if (type === '' || /[\s=]/.test(type)) throw new FluxError('EPROTO', 'invalid exception type');
}

/** Whether a job of many could be dealt with; errors of one don't keep the others from it. */
function succeeds(act: () => void): boolean {
  try {
    act();
    return true;
  } catch (e) {
    if (e instanceof FluxError) return false;
    throw e;
  }
}
