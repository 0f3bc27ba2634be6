import { defineShellPlugin, formatFsd, type JsonObject, type Owned, type Shell, shellService, type TaskInfo, t } from 'flux';
import { appendToGuest, entry, errnoText } from 'flux/internal';
import { failure } from './_failure';
import { hold } from './_hold';

const key = 'builtin::doom';
const timeout = t.duration({ default: 30 });

type Timers = Pick<Owned, 'after'>;

interface Doom {
  /** Seconds until the job is ended after its first task has; none: never. */
  timeout: number | undefined;
  exitOnError: boolean;
  /** This shell has told of its first exit. */
  told: boolean;
  /** The job's first exit is known: leader only. */
  seen: boolean;
}

/** Records the job's first task exit and, where the job is to end with it, sees to that (docs/protocol/shell.md §9.14). */
export default defineShellPlugin({
  name: 'doom',
  api: 1,
  options: ['exit-timeout', 'exit-on-error'],
  setup(s) {
    s.on('shell.init', (shell) => {
      const doom: Doom = {
        timeout: exitTimeout(shell),
        exitOnError: shell.getopt('exit-on-error') !== undefined,
        told: false,
        seen: false,
      };
      shell.aux.set(key, doom);
      if (shell.info.rank !== 0) return;
      shell.serve(shellService.doom, async (info) => {
        await shell.host.started; // another shell may have heard of it before this one, and its task have ended
        firstExit(shell, doom, info as unknown as TaskInfo, s);
      });
    });
    s.on('task.exit', async (task, shell) => {
      const doom = shell.aux.get<Doom>(key);
      if (!doom || doom.told) return;
      doom.told = true;
      if (shell.info.rank === 0) firstExit(shell, doom, task.info, s);
      else await shell.rpc(shellService.doom, 0, task.info, { noResponse: true });
    });
  },
});

function exitTimeout(shell: Shell): number | undefined {
  const given = shell.getopt('exit-timeout');
  if (typeof given === 'string' && given.toLowerCase() === 'none') return undefined;
  try {
    return timeout.parse(given);
  } catch {
    throw failure(shell, 'exit-timeout is not a valid Flux Standard Duration');
  }
}

function firstExit(shell: Shell, doom: Doom, info: TaskInfo, timers: Timers): void {
  if (doom.seen) return;
  doom.seen = true;
  record(shell, info);
  const { rank, exitcode = 0 } = info;
  if (doom.exitOnError && exitcode !== 0) shell.die(`rank ${rank} failed and exit-on-error is set`, exitcode);
  const { timeout } = doom;
  if (timeout === undefined) return;
  const stop = timers.after(timeout * 1000, () => {
    shell.die(`rank ${rank} exited and exit-timeout=${formatFsd(timeout)} has expired`, exitcode);
  });
  shell.signal.addEventListener('abort', stop, { once: true });
}

/** Only the shell's end waits for it, of whatever kind that is. */
function record(shell: Shell, info: TaskInfo): void {
  if (shell.host.standalone) return;
  const added = { key: 'exec.eventlog', entries: [entry('shell.task-exit', { ...info } as unknown as JsonObject)] };
  const written = hold(shell, 'shell_eventlogger', appendToGuest(shell.flux, shell.host.namespace, [added])).catch((e: unknown) => {
    if (!shell.signal.aborted) shell.error(`shell.task-exit: ${errnoText(e)}`);
  });
  shell.host.holdHandle(written);
}
