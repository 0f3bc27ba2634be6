import { appendToGuest, entry } from '../../client/eventlog-writer';
import { ShellLogLevel } from '../../plugin/types/shell-objects';
import { errnoText } from '../errors';
import { shellBarrier } from './barrier';
import type { ShellEvent } from './event-contexts';
import type { LearnedShell } from './learned';

/** Steps 14 and 18: waits for the other shells of the job. */
export async function meet({ shell, flux, layout, isAlone }: LearnedShell, name: 'init' | 'start'): Promise<void> {
  if (shell.options.standalone || isAlone) return;
  const outcome = await shellBarrier(flux, shell.jobid, name, layout.size);
  if (outcome.kind === 'complete') {
    shell.log.trace('shell barrier complete');
    shell.log.trace('exited barrier with rc = 0');
    return;
  }
  if (outcome.kind === 'exception') return shell.fail('job.exception during init barrier, aborting', ShellLogLevel.FATAL);
  shell.log.error(`flux_future_get: shell_barrier: ${errnoText(outcome.error)}`);
  shell.die(`shell_barrier: ${errnoText(outcome.error)}`);
}

/** Steps 15 and 19: the leader makes an entry in exec.eventlog. */
export async function emit({ shell, flux, isLeader }: LearnedShell, event: ShellEvent): Promise<void> {
  if (!isLeader || shell.options.standalone) return;
  try {
    await appendToGuest(flux, shell.host.namespace, [{ key: 'exec.eventlog', entries: [entry(event, shell.contexts.of(event))] }]);
  } catch (e) {
    shell.die(`failed to emit event ${event}: ${errnoText(e)}`);
  }
}
