import { defineModule, FluxError, NO_RESPONSE } from 'flux';
import { unpack } from 'flux/internal';
import { checkAccess } from './access';
import { lookupKeys } from './lookup';
import { EventlogWatches } from './watches';

/** Data of jobs for their users: keys of the job's KVS directory, and its eventlogs as they grow (contract/job-info-list.md §4). */
export default defineModule({
  name: 'job-info',
  api: 1,
  reads: [],
  methods: {
    lookup: 'user',
    'eventlog-watch': 'user',
    'eventlog-watch-cancel': 'user',
    'stats.get': 'owner',
  },
  needs: ['kvs', 'kvs-watch'],
  main(m) {
    const { flux } = m;
    const watches = new EventlogWatches(flux);
    let lookups = 0;

    m.serve('lookup', async (_, request) => {
      const { id, keys } = unpack(request, { id: 'I', keys: 'a', flags: 'i' });
      if (!keys.every((key) => typeof key === 'string')) throw new FluxError('EINVAL');
      lookups++;
      try {
        await checkAccess(flux, id, request);
        return await lookupKeys(flux, id, keys as string[]);
      } finally {
        lookups--;
      }
    });
    flux.dispatcher.serveEither(
      'job-info.eventlog-watch',
      {},
      () => {
        throw new FluxError('EPROTO', 'eventlog-watch request rejected without streaming RPC flag');
      },
      async function* (_, request) {
        const wanted = unpack(request, { id: 'I', path: 's', flags: 'i', guest: 'b?' });
        await checkAccess(flux, wanted.id, request);
        yield* watches.open(request, wanted);
      },
    );
    m.serve('eventlog-watch-cancel', (_, request) => {
      watches.cancel(request.sender, unpack(request, { matchtag: 'i' }).matchtag);
      return NO_RESPONSE;
    });
    m.serve('stats.get', () => ({ lookups, ...watches.counts }));
  },
});
