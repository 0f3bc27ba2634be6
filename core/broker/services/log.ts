import { NO_RESPONSE } from '../../handle';
import { brokerLog } from '../../protocol/log';
import { type MakeResident, resident } from '../resident';
import { following } from './following';

/** The broker's log (docs/protocol/broker.md §3, flux-dmesg(1)). */
export const logService: MakeResident = ({ log }) =>
  resident(brokerLog, {
    append: (entry, { matchtag }) => {
      log.append(entry.toString('latin1'));
      return matchtag === 0 ? NO_RESPONSE : undefined;
    },
    clear: () => log.clear(),
    dmesg: async function* ({ follow }, request) {
      const stored = () => [...log.entries];
      yield* follow ? following(request, (push) => log.follow(push), stored) : stored();
    },
  });
