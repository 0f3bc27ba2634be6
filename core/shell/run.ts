import fs from 'node:fs';
import path from 'node:path';
import { appendToGuest, entry } from '../client/eventlog-writer';
import { f58 } from '../formats/f58';
import type { JsonObject } from '../formats/json';
import { jsonInteger, jsonTypeName } from '../formats/json-types';
import { Flux } from '../handle';
import { ShellLogLevel } from '../plugin/types/shell-objects';
import { errorStack, errorText, isErrno } from '../sys/errors';
import { signals } from '../sys/signals';
import { shellExitCode } from '../sys/waitstatus';
import { errnoText, initErrorText, ShellExit } from './errors';
import { askPaths, loadInitrc } from './initrc/initrc';
import { shellBarrier } from './job/barrier';
import { parseShellJobspec } from './job/jobspec';
import { parseShellR } from './job/resource-set';
import type { JobShell } from './job/shell';
import { TaskLayout } from './job/task-layout';
import type { ShellTask } from './task/task';

/** Highest level of the option `verbose`. */
const MAX_VERBOSE = 2;

/** Runs a shell from its start to its end (contract/shell.md §4) and gives its exit code. Disposes it. */
export async function runShell(shell: JobShell): Promise<number> {
  try {
    return await Promise.race([live(shell), shell.dead]);
  } catch (e) {
    return await end(shell, e);
  } finally {
    await shell.flushLog();
    await shell.releaseHandle();
    await shell.dispose();
  }
}

async function end(shell: JobShell, e: unknown): Promise<number> {
  let exit = e;
  try {
    if (!(exit instanceof ShellExit)) shell.die(`internal error: ${errorStack(e)}`);
  } catch (fatal) {
    exit = fatal;
  }
  await shell.finishFatal();
  return (exit as ShellExit).exitCode;
}

async function live(shell: JobShell): Promise<number> {
  await connect(shell);
  await learnJob(shell);
  await beginService(shell);
  await loadInitrc(shell);
  enterDirectory(shell);
  shell.takesSignals = true;
  const initialized = await initialize(shell);
  if (shell.contexts['shell.init']['pty'] !== undefined) await initialized(); // a client that attaches wants to see all that the task prints
  const ends = await startTasks(shell, initialized);
  await initialized();
  if (!(await shell.call('shell.start'))) shell.die('shell.start callback(s) failed');
  if (shell.isLeader) shell.warnOfUnknownOptions();
  await meet(shell, 'start');
  await emit(shell, 'shell.start');
  shell.setStarted();
  for (const complete of ends) complete();
  await shell.completion.empty();
  return finish(shell);
}

/**
 * Steps 13–15. Commits keep their order, so that a shell alone, which meets nobody, sends what belongs to its initialization and shell.init together and
 * starts its tasks meanwhile. The function it gives waits for them.
 */
async function initialize(shell: JobShell): Promise<() => Promise<void>> {
  const judge = (failures: unknown[]) => {
    if (failures.length > 0) shell.die(`shell_init: ${initErrorText(failures[0])}`);
  };
  judge(await shell.failures('shell.init'));
  shell.options.onInitialized?.();
  const initialization = shell.initialization();
  initialization.catch(() => {});
  const done = async () => {
    judge(await initialization);
  };
  if (shell.size > 1) await done();
  await meet(shell, 'init');
  const emitted = emit(shell, 'shell.init');
  emitted.catch(() => {});
  return async () => {
    await done();
    await emitted;
  };
}

/** Steps 1–4: the handle, the broker's rank, what happens to the job. */
async function connect(shell: JobShell): Promise<void> {
  const { options } = shell;
  try {
    shell.flux = await (options.open ?? (() => openHandle(options)))();
  } catch (e) {
    shell.die(`flux_open: ${errorText(e)}`);
  }
  if (shell.signal.aborted) {
    shell.flux.close(); // it was killed meanwhile: nobody else will
    throw shell.fatal ?? new ShellExit(1, 'ended');
  }
  void shell.flux.closed.then((e) => {
    if (e && !shell.signal.aborted) shell.guard(() => shell.die(`lost connection to the broker: ${e.message}`))();
  });
  const questions = shell.standalone ? undefined : askAll(shell);
  shell.brokerRank = options.brokerRank ?? (await shell.flux.rank());
  if (!(await shell.call('shell.connect'))) shell.error('shell.connect: callback(s) failed');
  if (!questions) return;
  try {
    await questions.subscribed;
  } catch (e) {
    shell.die(`flux_event_subscribe: ${errnoText(e)}`);
  }
}

/** What every shell asks goes out at once, in the contract's order; each answer is looked at in its turn. */
function askAll(shell: JobShell): { subscribed: Promise<unknown> } {
  const { flux, options } = shell;
  if (options.brokerRank === undefined) flux.rank().catch(() => {});
  const subscribed = flux.subscribe(`shell-${shell.jobid}.`, (event) => shell.receiveEvent(event));
  shell.asked = lookup(shell);
  askPaths(shell);
  for (const answer of [subscribed, shell.asked]) answer.catch(() => {});
  return { subscribed };
}

const openHandle = ({ standalone, env, attributes }: JobShell['options']): Promise<Flux> =>
  Flux.open(standalone ? 'loop://' : undefined, { env, ...(attributes && !standalone ? { attributes } : {}) });

/** Steps 5–8: jobspec and R, and which tasks run here. */
async function learnJob(shell: JobShell): Promise<void> {
  const { readJobspec, readR } = shell.options;
  const asked = await answered(shell);
  const jobspecText = readJobspec ? attempt(shell, readJobspec) : String(asked['jobspec']);
  const jobspec = attempt(shell, () => parseShellJobspec(jobspecText), 'error parsing jobspec: ');
  shell.jobspec = jobspec;
  await beAdmitted(shell);
  const RText = readR ? attempt(shell, readR) : String(asked['R']);
  const layout = attempt(shell, () => TaskLayout.of(parseShellR(RText), jobspec));
  shell.layout = layout;
  shell.rank = attempt(shell, () => layout.shellRankOf(shell.brokerRank));
  shell.log.rank = shell.rank;
  if (shell.isLeader) {
    shell.contexts['shell.init'] = { 'leader-rank': shell.brokerRank, size: layout.size };
    shell.contexts['shell.start'] = { 'task-count': layout.ntasks };
  }
  beVerbose(shell);
  tellLayout(shell);
}

/** In a host: leaves it, with nothing done, if the job needs a process of its own. */
async function beAdmitted(shell: JobShell): Promise<void> {
  const { admit } = shell.options;
  if (!admit || (await admit(shell))) return;
  shell.declined = true;
  throw new ShellExit(0, 'needs a process of its own');
}

async function answered(shell: JobShell): Promise<JsonObject> {
  try {
    return await (shell.asked ?? {});
  } catch (e) {
    return fail(shell, `job-info: ${errorText(e)}`);
  }
}

/** What the shell does not read from files. */
async function lookup(shell: JobShell): Promise<JsonObject> {
  const { readJobspec, readR } = shell.options;
  const keys = [...(readR ? [] : ['R']), ...(readJobspec ? [] : ['jobspec'])];
  if (keys.length === 0) return {};
  return shell.flux.rpc<JsonObject>('job-info.lookup', { id: shell.jobid, keys, flags: 0 });
}

function beVerbose(shell: JobShell): void {
  const option = shell.getopt('verbose');
  if (option !== undefined) {
    const level = jsonInteger(option);
    if (level === undefined) {
      shell.error(`shell_getopt: unpack error: Expected integer, got ${jsonTypeName(option)}`);
      shell.die('failed to parse attributes.system.shell.verbose');
    }
    shell.verbose = level;
  }
  if (shell.verbose > MAX_VERBOSE) {
    shell.warn(`Ignoring shell verbosity > ${MAX_VERBOSE}`);
    shell.verbose = MAX_VERBOSE;
  }
  if (shell.verbose > 0) shell.log.setLevel(ShellLogLevel.NOTICE + shell.verbose, 'any');
}

function tellLayout(shell: JobShell): void {
  const { rank, jobspec, layout } = shell;
  if (shell.isLeader) {
    const { nslots, coresPerSlot, slotsPerNode } = jobspec!;
    const counts = `slot_count=${nslots} cores_per_slot=${coresPerSlot} slots_per_node=${slotsPerNode}`;
    shell.debug(`${rank}: task_count=${layout!.ntasks} ${counts}`);
  }
  const ranks = layout!.taskRanks(rank);
  const span = ranks.length > 1 ? `${ranks[0]}-${ranks.at(-1)}` : ranks.join();
  shell.debug(`${rank}: tasks [${span}] on cores ${layout!.R.shells[rank]!.cores}`);
}

/** Step 9. */
async function beginService(shell: JobShell): Promise<void> {
  if (shell.standalone) return;
  const service = `${shell.options.userid}-shell-${shell.jobid}`;
  try {
    await shell.flux.rpc('service.add', { service });
  } catch (e) {
    shell.die(`shell_svc_create: ${errnoText(e)}`);
  }
  shell.service = service;
  if (shell.isLeader) shell.contexts['shell.init']['service'] = service;
}

/** Step 12. */
function enterDirectory(shell: JobShell): void {
  const wanted = shell.jobspec!.cwd;
  if (wanted === undefined) return;
  const directory = path.resolve(shell.cwd, wanted);
  try {
    fs.accessSync(wanted && `${directory}/.`, fs.constants.X_OK);
    shell.cwd = directory;
  } catch (e) {
    shell.error(`Could not change dir to ${wanted}: ${errorText(e)}. Going to /tmp instead`);
    if (!fs.existsSync('/tmp/.')) shell.die('Could not change dir to /tmp: No such file or directory');
    shell.cwd = '/tmp';
  }
}

/** Steps 14 and 18. */
async function meet(shell: JobShell, name: 'init' | 'start'): Promise<void> {
  if (shell.standalone || shell.size === 1) return;
  const outcome = await shellBarrier(shell.flux, shell.jobid, name, shell.size);
  if (outcome.kind === 'complete') {
    shell.trace('shell barrier complete');
    shell.trace('exited barrier with rc = 0');
    return;
  }
  if (outcome.kind === 'exception') return fail(shell, undefined, 'job.exception during init barrier, aborting');
  shell.error(`flux_future_get: shell_barrier: ${errnoText(outcome.error)}`);
  shell.die(`shell_barrier: ${errnoText(outcome.error)}`);
}

/** Steps 15 and 19. */
async function emit(shell: JobShell, event: 'shell.init' | 'shell.start'): Promise<void> {
  if (!shell.isLeader || shell.standalone) return;
  try {
    await appendToGuest(shell.flux, shell.namespace, [{ key: 'exec.eventlog', entries: [entry(event, shell.contexts[event])] }]);
  } catch (e) {
    shell.die(`failed to emit event ${event}: ${errnoText(e)}`);
  }
}

/**
 * Step 16. Gives for each task what lets its end be noticed: that waits for the start barrier. A task that can't be started is told of when the shell is
 * initialized: who reads the events of the job finds shell.init first.
 */
async function startTasks(shell: JobShell, initialized: () => Promise<void>): Promise<(() => void)[]> {
  const begin: (() => void)[] = [];
  for (const [localid, rank] of shell.layout!.taskRanks(shell.rank).entries()) {
    const task = shell.newTask(localid, rank, taskEnvironment(shell, localid, rank));
    if (!(await shell.callTask('task.init', task))) shell.die(`failed to initialize taskid=${localid}`);
    task.beginExec();
    shell.callTaskSync('task.exec', task);
    await start(shell, task, initialized);
    shell.completion.add(`task${rank}`);
    const complete = task.complete();
    begin.push(() => void complete.then(() => taskEnded(shell, task)).catch((e: unknown) => shell.guard(() => Promise.reject(e))()));
    if (!(await shell.callTask('task.fork', task))) shell.die('shell_task_forked');
  }
  return begin;
}

async function start(shell: JobShell, task: ShellTask, initialized: () => Promise<void>): Promise<void> {
  try {
    task.start(shell.cwd);
  } catch (e) {
    await initialized();
    const code = isErrno(e, 'ENOENT') ? 127 : isErrno(e, 'EPERM') || isErrno(e, 'EACCES') ? 126 : 1;
    shell.die(`task ${task.localid}: start failed: ${task.argv[0]}: ${errorText(e)}`, code);
  }
}

/** The job's environment and what no job can set itself (contract/shell.md §6). */
function taskEnvironment(shell: JobShell, localid: number, rank: number): Record<string, string> {
  const { env, jobid } = shell.options;
  const task: Record<string, string> = {
    ...shell.environment,
    FLUX_TASK_LOCAL_ID: String(localid),
    FLUX_TASK_RANK: String(rank),
    FLUX_JOB_SIZE: String(shell.layout!.ntasks),
    FLUX_JOB_NNODES: String(shell.size),
    FLUX_JOB_ID: f58(jobid, env),
  };
  for (const name of ['FLUX_URI', 'FLUX_KVS_NAMESPACE']) {
    const value = env[name];
    if (value === undefined) delete task[name];
    else task[name] = value;
  }
  return task;
}

async function taskEnded(shell: JobShell, task: ShellTask): Promise<void> {
  shell.debug(`task ${task.rank} complete status=${task.waitStatus}`);
  if (!(await shell.callTask('task.exit', task))) shell.error('task.exit plugin(s) failed');
  shell.completion.remove(`task${task.rank}`);
}

/** Steps 20–22. */
async function finish(shell: JobShell): Promise<number> {
  let code = Math.max(0, ...shell.tasks.map((task) => shellExitCode(task.waitStatus ?? 0)));
  if (!(await shell.call('shell.exit'))) {
    shell.error('shell_exit callback(s) failed');
    code = Math.max(code, 1);
  }
  shell.debug(`exit ${code}`);
  return code;
}

/** Runs what may fail with a text for the log. */
function attempt<T>(shell: JobShell, action: () => T, prefix = ''): T {
  try {
    return action();
  } catch (e) {
    return fail(shell, prefix + errorText(e));
  }
}

/** Ends the shell with exit code 1 and no exception: an ERROR, or a FATAL message that is not to raise one. */
function fail(shell: JobShell, error: string | undefined, fatal?: string): never {
  if (error !== undefined) shell.error(error);
  if (fatal !== undefined) shell.say(ShellLogLevel.FATAL, fatal);
  shell.killall(signals.SIGKILL);
  throw new ShellExit(1, error ?? fatal ?? '');
}
