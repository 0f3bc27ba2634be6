import { type Handlers, type jobManager, real } from 'flux';
import type { Job } from '../job';
import type { Manager } from '../manager';

/** Queued jobs in the queue's order, then other active ones, up to `max_entries` (0: all), then waitable inactive ones that nobody has waited for. */
export function listing({ table, alloc, waits }: Manager): Pick<Handlers<typeof jobManager>, 'list'> {
  return {
    list: ({ max_entries: max }) => {
      const jobs = [...alloc.queue];
      for (const job of table) {
        if (max > 0 && jobs.length >= max) break;
        if (job.alloc !== 'queued') jobs.push(job);
      }
      const active = max > 0 ? jobs.slice(0, max) : jobs;
      return { jobs: [...active, ...waits.zombies].map(entryOf) };
    },
  };
}

function entryOf({ id, userid, urgency, priority, tSubmit, state, annotations, dependencies }: Job) {
  return {
    id,
    userid,
    urgency,
    priority,
    t_submit: real(tSubmit),
    state,
    ...(annotations ? { annotations } : {}),
    ...(dependencies.everUsed ? { dependencies: dependencies.outstanding } : {}),
  };
}
