import { FluxError, type Handlers, isJsonObject, JobState, type jobManager, URGENCY } from 'flux';
import type { Manager } from '../manager';
import { targetJob } from './target';

const REPRIORITIZE = 'guests can only reprioritize their own jobs';
const unknownJob = () => new FluxError('EINVAL', 'unknown job');

/** What is asked of one job: its urgency, of which a priority follows (docs/protocol/job-manager.md §6.4), its attributes, a memo. */
export function ofJob({ table, events }: Manager): Pick<Handlers<typeof jobManager>, 'urgency' | 'getattr' | 'memo'> {
  return {
    urgency: ({ id, urgency }, request) => {
      if (urgency < URGENCY.hold || urgency > URGENCY.expedite) throw new FluxError('EINVAL', 'urgency value is out of range');
      const job = targetJob(table, request, id, { unknown: unknownJob(), foreign: REPRIORITIZE });
      if (!request.isOwner && urgency > Math.max(URGENCY.default, job.urgency))
        throw new FluxError('EPERM', 'guests can only adjust urgency <= default');
      if (job.state >= JobState.RUN) throw new FluxError('EINVAL', 'urgency cannot be changed once resources are allocated');
      const old_urgency = job.urgency;
      events.post(job, 'urgency', { userid: request.userid, urgency });
      return { old_urgency };
    },
    getattr: ({ id, attrs }, request) => {
      const job = targetJob(table, request, id, { unknown: unknownJob(), foreign: REPRIORITIZE });
      const names: unknown[] = Array.isArray(attrs) ? attrs : [];
      for (const name of names) {
        if (typeof name !== 'string') throw new FluxError('EPROTO', 'attribute list contains non-string');
        if (name !== 'jobspec') throw new FluxError('ENOENT', `unknown attr ${name}`);
      }
      return names.length > 0 ? { jobspec: job.jobspec } : {};
    },
    memo: ({ id, memo, volatile }, request) => {
      const unknown = new FluxError('ENOENT', 'unknown job id');
      const job = targetJob(table, request, id, { unknown, foreign: 'guests can only add a memo to their own jobs' });
      if (!isJsonObject(memo)) throw new FluxError('EINVAL');
      events.post(job, 'memo', memo, { volatile });
    },
  };
}
