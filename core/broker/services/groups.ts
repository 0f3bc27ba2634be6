import { AsyncQueue, unpack } from '../../handle';
import { FluxError } from '../../sys/errors';
import type { GroupUpdate } from '../groups';
import type { MakeResident } from '../resident';

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
        stream: async function* (_, request) {
          const { name } = unpack(request, { name: 's' });
          yield { members: membersOf(name) };
          const changes = new AsyncQueue<string>();
          const unlisten = groups.onChange((names) => {
            if (names.includes(name)) changes.push(membersOf(name));
          });
          request.signal.addEventListener('abort', () => changes.end());
          try {
            for await (const members of changes) yield { members };
          } finally {
            unlisten();
          }
        },
      },
    },
  };
};
