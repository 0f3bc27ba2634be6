import { type Handlers, type jobManager, NO_RESPONSE } from 'flux';
import type { Manager } from '../manager';

type Waiting = 'submit' | 'wait' | 'drain' | 'idle' | 'eventsJournal' | 'eventsJournalCancel' | 'disconnect';

/** What is answered later, by those who know when. */
export function waiting(manager: Manager): Pick<Handlers<typeof jobManager>, Waiting> {
  const { submissions, waits, drains, journal } = manager;
  return {
    submit: ({ jobs }, request) => {
      submissions.submit(jobs, request);
      return NO_RESPONSE;
    },
    wait: ({ id }, request) => {
      waits.wait(request, id);
      return NO_RESPONSE;
    },
    drain: (_, request) => {
      drains.drain(request);
      return NO_RESPONSE;
    },
    idle: (_, request) => {
      drains.idle(request);
      return NO_RESPONSE;
    },
    eventsJournal: (filter, request) => {
      journal.listen(filter, request);
      return NO_RESPONSE;
    },
    eventsJournalCancel: ({ matchtag }, request) => journal.cancel(request.sender, matchtag),
    disconnect: (_, request) => manager.disconnect(request.sender),
  };
}
