import { defineModule, FluxError, jobInfo } from 'flux';
import { checkAccess } from './access';
import { lookupKeys } from './lookup';
import { EventlogWatches } from './watches';

/** Data of jobs for their users: keys of the job's KVS directory, and its eventlogs as they grow (docs/protocol/job-info-list.md §4). */
export default defineModule({
  serves: jobInfo,
  api: 1,
  reads: [],
  needs: ['kvs', 'kvs-watch'],
  main({ flux }) {
    const watches = new EventlogWatches(flux);
    let lookups = 0;
    return {
      lookup: async ({ id, keys }, request) => {
        if (!keys.every((key) => typeof key === 'string')) throw new FluxError('EINVAL');
        lookups++;
        try {
          await checkAccess(flux, id, request);
          return await lookupKeys(flux, id, keys);
        } finally {
          lookups--;
        }
      },
      eventlogWatch: async function* (wanted, request) {
        await checkAccess(flux, wanted.id, request);
        yield* watches.open(request, wanted);
      },
      eventlogWatchCancel: ({ matchtag }, request) => watches.cancel(request.sender, matchtag),
      statsGet: () => ({ lookups, ...watches.counts }),
    };
  },
});
