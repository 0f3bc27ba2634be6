import { unpack } from '../../handle';
import { FluxError } from '../../sys/errors';
import type { MakeResident } from '../resident';

/** Commands to run when the broker cleans up (contract/broker.md §9, flux-admin(1)). */
export const runatService: MakeResident = ({ runat, programs }) => ({
  name: 'runat',
  methods: {
    'runat.push': {
      handle: (_, request) => {
        const { name, commands } = unpack(request, { name: 's', commands: 'a' });
        if (commands.length === 0) throw new FluxError('EPROTO', 'commands array is empty');
        if (!commands.every((command) => typeof command === 'string')) throw new FluxError('EPROTO');
        if (commands.includes('')) throw new FluxError('EPROTO', 'cannot push an empty command line');
        for (const command of commands as string[]) runat.push(name, programs.shellCommand(command));
      },
    },
  },
});
