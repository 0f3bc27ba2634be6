import { groups as table } from '../../protocol/groups';
import { FluxError } from '../../sys/errors';
import { type MakeResident, resident } from '../resident';
import { following } from './following';

/** Groups of ranks (docs/protocol/broker.md §5). */
export const groupsService: MakeResident = ({ groups, rank }) => {
  const answer = (name: string) => {
    if (rank > 0) throw new FluxError('EPROTO', 'this RPC is only available on rank 0');
    return { members: groups.members(name).encode() };
  };
  return resident(table, {
    join: ({ name }, request) => groups.join(name, request.sender),
    leave: ({ name }) => groups.leave(name),
    update: ({ update }) => groups.update(update),
    disconnect: (_, request) => groups.disconnect(request.sender),
    get: {
      once: ({ name }) => answer(name),
      stream: ({ name }, request) =>
        following(
          request,
          (push) => groups.onChange((names) => names.includes(name) && push(answer(name))),
          () => [answer(name)],
        ),
    },
  });
};
