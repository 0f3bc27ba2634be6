import { errorStack } from '../sys/errors';
import { shellExitCode } from '../sys/waitstatus';
import { ShellExit } from './errors';
import { loadInitrc } from './initrc/initrc';
import { connect } from './job/connected';
import { type DescribedShell, describe } from './job/described';
import { launchTasks } from './job/launch';
import { beginService, learn } from './job/learned';
import { emit, meet } from './job/milestones';
import { initialize, type RunningShell, settleIn } from './job/running';
import type { JobShell } from './job/shell';

/** Called at steps of a shell's life, for a host of many shells. */
export interface RunHooks {
  /** Whether this job may run there, asked when its jobspec is known and before anything has happened. Default: it may. */
  admit?(described: DescribedShell): Promise<boolean>;
  /** Told when the shell has asked all that shells ask, before it meets others. */
  onInitialized?(): void;
}

/** Runs a shell from its start to its end (docs/protocol/shell.md §4) and gives its exit code. Disposes it. */
export async function runShell(shell: JobShell, hooks: RunHooks = {}): Promise<number> {
  try {
    return await Promise.race([live(shell, hooks), shell.ending.dead]);
  } catch (e) {
    return await end(shell, e);
  } finally {
    await shell.calls.flushLog();
    await shell.host.releaseHandle();
    await shell.dispose();
  }
}

async function end(shell: JobShell, e: unknown): Promise<number> {
  const exit = e instanceof ShellExit ? e : becauseOf(shell, e);
  await shell.finishFatal();
  return exit.exitCode;
}

function becauseOf(shell: JobShell, e: unknown): ShellExit {
  try {
    return shell.die(`internal error: ${errorStack(e)}`);
  } catch (fatal) {
    return fatal as ShellExit;
  }
}

async function live(shell: JobShell, { admit, onInitialized }: RunHooks): Promise<number> {
  const connected = await connect(shell);
  const described = await describe(connected);
  if (admit && !(await admit(described))) throw new ShellExit(0, 'needs a process of its own');
  const learned = await learn(described);
  await beginService(learned);
  await loadInitrc(learned);
  settleIn(learned);
  return runTasks(await initialize(learned, onInitialized));
}

/** Steps 16–19, and what follows when the tasks have ended. */
async function runTasks(running: RunningShell): Promise<number> {
  const { shell, initialized } = running;
  if (shell.contexts.of('shell.init')['pty'] !== undefined) await initialized(); // a client that attaches wants to see all that the task prints
  const watches = await launchTasks(running);
  await initialized();
  if (!(await shell.calls.call('shell.start'))) shell.die('shell.start callback(s) failed');
  if (running.isLeader) running.warnOfUnknownOptions();
  await meet(running, 'start');
  await emit(running, 'shell.start');
  shell.host.setStarted();
  for (const watch of watches) watch();
  await shell.completion.empty();
  return finish(shell);
}

/** Steps 20–22. */
async function finish({ tasks, calls, log }: JobShell): Promise<number> {
  const code = Math.max(0, ...tasks.list.map((task) => shellExitCode(task.waitStatus ?? 0)));
  const ended = await calls.call('shell.exit');
  if (!ended) log.error('shell_exit callback(s) failed');
  const exitCode = ended ? code : Math.max(code, 1);
  log.debug(`exit ${exitCode}`);
  return exitCode;
}
