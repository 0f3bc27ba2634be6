import { AsyncQueue, NO_RESPONSE, unpack } from '../../handle';
import type { MakeResident } from '../resident';

/** The broker's log (contract/broker.md §3, flux-dmesg(1)). */
export const logService: MakeResident = ({ log }) => ({
  name: 'log',
  methods: {
    'log.append': {
      raw: true,
      handle: (_, request) => {
        log.append(request.bytes.toString('latin1'));
        return request.matchtag === 0 ? NO_RESPONSE : undefined;
      },
    },
    'log.clear': { handle: () => log.clear() },
    'log.dmesg': {
      stream: async function* (_, request) {
        const { follow } = unpack(request, { follow: 'b' });
        const added = new AsyncQueue<string>();
        const unfollow = follow ? log.follow((line) => added.push(line)) : undefined;
        request.signal.addEventListener('abort', () => added.end());
        try {
          yield* [...log.entries];
          if (follow) yield* added;
        } finally {
          unfollow?.();
        }
      },
    },
  },
});
