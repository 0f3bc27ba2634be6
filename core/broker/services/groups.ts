import { unpack } from '../../handle';
import { FluxError } from '../../sys/errors';
import type { GroupUpdate } from '../groups';
import type { MakeResident } from '../resident';
import { following } from './following';

/** Groups of ranks (contract/broker.md §5). */
export const groupsService: MakeResident = ({ groups, rank }) => {
  const membersOf = (name: string) => {
    if (rank > 0) throw new FluxError('EPROTO', 'this RPC is only available on rank 0');
    return groups.members(name).encode();
  };
  return {
    name: 'groups',
    methods: {
      'groups.join': { handle: (_, request) => groups.join(unpack(request, { name: 's' }).name, request.sender) },
      'groups.leave': { handle: (_, request) => groups.leave(unpack(request, { name: 's' }).name) },
      'groups.update': { handle: (_, request) => groups.update(unpack(request, { update: 'o' }).update as GroupUpdate) },
      'groups.disconnect': { handle: (_, request) => groups.disconnect(request.sender) },
      'groups.get': {
        handle: (_, request) => ({ members: membersOf(unpack(request, { name: 's' }).name) }),
        stream: (_, request) => {
          const { name } = unpack(request, { name: 's' });
          const answer = () => ({ members: membersOf(name) });
          return following(
            request,
            (push) => groups.onChange((names) => names.includes(name) && push(answer())),
            () => [answer()],
          );
        },
      },
    },
  };
};
