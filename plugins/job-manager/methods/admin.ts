import type { Handlers, jobManager } from 'flux';
import type { Manager } from '../manager';

/** What turns submission and scheduling on and off (`flux queue`). */
export function admin({ submissions, alloc }: Manager): Pick<Handlers<typeof jobManager>, 'submitAdmin' | 'allocAdmin'> {
  return {
    submitAdmin: ({ query_only, enable, reason }) => {
      if (!query_only) enable ? submissions.enable() : submissions.disable(reason);
      return submissions.status;
    },
    allocAdmin: ({ query_only, enable, reason }) => {
      if (!query_only) enable ? alloc.start() : alloc.stop(reason);
      return alloc.status();
    },
  };
}
