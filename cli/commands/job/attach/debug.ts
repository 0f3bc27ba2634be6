import { killJob } from '../../../../core/client/job-control';
import { lookupJob } from '../../../../core/client/job-info';
import { decodeEventlog } from '../../../../core/formats/eventlog';
import type { Flux } from '../../../../core/handle/flux';
import { shellService } from '../../../../core/protocol/shell';
import { isErrno } from '../../../../core/sys/errors';
import { signals } from '../../../../core/sys/signals';
import { CommandError } from '../../../command';
import type { ShellAddress } from './shell-address';

/** Throws unless the job can still be debugged. */
export async function checkDebuggable(flux: Flux, id: bigint, name: string): Promise<void> {
  let log: string;
  try {
    log = (await lookupJob(flux, id, ['eventlog'])).eventlog;
  } catch (e) {
    if (isErrno(e, 'ENOENT')) throw new CommandError(`Invalid job id (${name}) for debugging: No such file or directory`);
    throw e;
  }
  if (decodeEventlog(log).some((entry) => entry.name === 'finish')) throw new CommandError('cannot debug job that has finished running');
}

/**
 * Once all tasks exist: fetches the table of their processes, which a parallel debugger would read, and lets them go if the shell has stopped them.
 */
export async function startDebugging(flux: Flux, id: bigint, shell: ShellAddress, stopped: boolean): Promise<void> {
  await flux.call(shellService.proctable.at(shell.service), {}, { nodeid: shell.leaderRank });
  if (stopped) await killJob(flux, id, signals.SIGCONT);
}
