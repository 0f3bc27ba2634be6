import { NO_RESPONSE, unpack } from '../../handle';
import type { MakeResident } from '../resident';
import { following } from './following';

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
        const stored = () => [...log.entries];
        yield* follow ? following(request, (push) => log.follow(push), stored) : stored();
      },
    },
  },
});
