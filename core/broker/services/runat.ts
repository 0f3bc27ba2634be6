import { runat as table } from '../../protocol/runat';
import { FluxError } from '../../sys/errors';
import { type MakeResident, resident } from '../resident';

/** Commands to run when the broker cleans up (docs/protocol/broker.md §9, flux-admin(1)). */
export const runatService: MakeResident = ({ runat, programs }) =>
  resident(table, {
    push: ({ name, commands }) => {
      if (commands.length === 0) throw new FluxError('EPROTO', 'commands array is empty');
      if (commands.includes('')) throw new FluxError('EPROTO', 'cannot push an empty command line');
      for (const command of commands) runat.push(name, programs.shellCommand(command));
    },
  });
