import { f58 } from '../../formats/f58';
import { errorText, isErrno } from '../../sys/errors';
import type { ShellTask } from '../task/task';
import type { RunningShell } from './running';

/** Lets the end of a task be noticed. */
type Watch = () => void;

/**
 * Step 16: starts the tasks. Their ends are noticed when the functions that it gives are called, one a task: that waits for the start barrier. A task
 * that can't be started is told of when the shell is initialized: who reads the events of the job finds shell.init first.
 */
export async function launchTasks(running: RunningShell): Promise<Watch[]> {
  const watches: Watch[] = [];
  for (const [localid, rank] of running.layout.taskRanks(running.rank).entries()) watches.push(await launch(running, localid, rank));
  return watches;
}

async function launch(running: RunningShell, localid: number, rank: number): Promise<Watch> {
  const { shell, jobspec } = running;
  const { calls, log } = shell;
  const task = shell.tasks.add({ localid, rank, argv: jobspec.command, env: taskEnvironment(running, localid, rank) });
  if (!(await calls.callTask('task.init', task))) shell.die(`failed to initialize taskid=${localid}`);
  task.beginExec();
  calls.callTaskSync('task.exec', task);
  await start(running, task);
  shell.completion.add(`task${rank}`);
  const complete = task.complete();
  if (!(await calls.callTask('task.fork', task))) shell.die('shell_task_forked');
  return log.guard(async () => {
    await complete;
    await taskEnded(running, task);
  });
}

async function start({ shell, initialized }: RunningShell, task: ShellTask): Promise<void> {
  try {
    task.start(shell.host.cwd);
  } catch (e) {
    await initialized();
    const code = isErrno(e, 'ENOENT') ? 127 : isErrno(e, 'EPERM') || isErrno(e, 'EACCES') ? 126 : 1;
    shell.die(`task ${task.localid}: start failed: ${task.argv[0]}: ${errorText(e)}`, code);
  }
}

/** The job's environment and what no job can set itself (docs/protocol/shell.md §6). */
function taskEnvironment({ shell, layout, environment }: RunningShell, localid: number, rank: number): Record<string, string> {
  const { env, jobid } = shell.options;
  const task: Record<string, string> = {
    ...environment,
    FLUX_TASK_LOCAL_ID: String(localid),
    FLUX_TASK_RANK: String(rank),
    FLUX_JOB_SIZE: String(layout.ntasks),
    FLUX_JOB_NNODES: String(layout.size),
    FLUX_JOB_ID: f58(jobid, env),
  };
  for (const name of ['FLUX_URI', 'FLUX_KVS_NAMESPACE']) {
    const value = env[name];
    if (value === undefined) delete task[name];
    else task[name] = value;
  }
  return task;
}

async function taskEnded({ shell }: RunningShell, task: ShellTask): Promise<void> {
  const { log, calls, completion } = shell;
  log.debug(`task ${task.rank} complete status=${task.waitStatus}`);
  if (!(await calls.callTask('task.exit', task))) log.error('task.exit plugin(s) failed');
  completion.remove(`task${task.rank}`);
}
