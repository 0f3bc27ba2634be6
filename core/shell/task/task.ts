import { IdSet } from '../../formats/idset';
import type { Aux, ChannelOptions, Task, TaskExec, TaskInfo, TaskState } from '../../plugin/types/shell-objects';
import { FluxError } from '../../sys/errors';
import { type Resource, resourceNames, setLimit, withLimit } from '../../sys/rlimit';
import { type Child, type SpawnOptions, type StdioSpec, spawnProcess } from '../../sys/spawn';
import { spawnStopped } from '../../sys/stopped';
import { endedBySignal, shellExitCode, terminatingSignal } from '../../sys/waitstatus';
import { checkArguments } from '../stack/argument-checks';
import { AuxItems } from '../stack/aux-items';
import type { TaskGroup } from './group';
import { TaskStream } from './stream';

/** A task to be started: its place, program and environment. Ranks are those of tasks, `localid` counts in this shell. */
export interface TaskOptions {
  localid: number;
  rank: number;
  argv: readonly string[];
  env: Readonly<Record<string, string>>;
  /** Process attributes that all tasks begin with. */
  exec: TaskExec;
  /** Group to run in; default: this process's. */
  group?: TaskGroup | undefined;
  /** Wraps what a plugin wants called later, so that its failures are the shell's to log. */
  guard: <A extends unknown[]>(handler: (...args: A) => void) => (...args: A) => void;
  onError: (e: unknown) => void;
}

const standard = ['stdin', 'stdout', 'stderr'] as const;

/** A task of a shell: what it is to be, its process, and its streams. */
export class ShellTask implements Task {
  readonly localid: number;
  readonly rank: number;
  readonly argv: string[];
  readonly env: Record<string, string>;
  readonly exec: TaskExec;
  readonly aux: Aux & AuxItems;
  readonly #guard: TaskOptions['guard'];
  readonly #group: TaskGroup | undefined;
  readonly #streams = new Map<string, TaskStream>();
  #state: TaskState = 'Init';
  #child: Child | undefined;
  #waitStatus: number | undefined;

  constructor({ localid, rank, argv, env, exec, group, guard, onError }: TaskOptions) {
    this.localid = localid;
    this.rank = rank;
    this.argv = [...argv];
    this.env = { ...env };
    this.exec = structuredClone(exec);
    this.aux = new AuxItems(onError);
    this.#guard = guard;
    this.#group = group;
    this.#streams.set('stdin', new TaskStream('stdin', false));
    this.#streams.set('stdout', new TaskStream('stdout', true));
    this.#streams.set('stderr', new TaskStream('stderr', true, { lines: false }));
  }

  get state(): TaskState {
    return this.#state;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get waitStatus(): number | undefined {
    return this.#waitStatus;
  }

  /** True between a successful exec and the end of the process. */
  get running(): boolean {
    return this.#child?.running ?? false;
  }

  get info(): TaskInfo {
    const status = this.#waitStatus;
    return {
      localid: this.localid,
      rank: this.rank,
      state: this.#state,
      ...(this.#child ? { pid: this.#child.pid } : {}),
      ...(status === undefined
        ? {}
        : { wait_status: status, signaled: endedBySignal(status) ? terminatingSignal(status) : 0, exitcode: shellExitCode(status) }),
    };
  }

  addChannel(name: string, options: ChannelOptions = {}): void {
    checkArguments('addChannel', { name: [name, 'name of a variable'] });
    this.#mustBeNew();
    if (this.#streams.has(name)) throw new FluxError('EEXIST');
    this.#streams.set(name, new TaskStream(name, true, options));
  }

  setChannel(stream: string, options: ChannelOptions): void {
    this.#mustBeNew();
    this.#stream(stream).configure(options);
  }

  onOutput(stream: string, handler: (data: Buffer | null) => void): () => void {
    checkArguments('onOutput', { handler: [handler, 'function'] });
    return this.#stream(stream).onOutput(this.#guard(handler));
  }

  /** Puts data before the task's own output on `stdout` or `stderr`. To be called before it is started. */
  precede(stream: string, data: Buffer): void {
    this.#stream(stream).precede(data);
  }

  pauseOutput(stream: string): void {
    this.#stream(stream).pause();
  }

  resumeOutput(stream: string): void {
    this.#stream(stream).resume();
  }

  async write(stream: string, data: Buffer | string): Promise<void> {
    checkArguments('write', { data: [data, 'string or Buffer'] });
    await this.#stream(stream).write(data);
  }

  close(stream: string): void {
    this.#stream(stream).end();
  }

  kill(signum: number): void {
    if (!this.#child) throw new FluxError('ESRCH');
    this.#child.kill(signum);
  }

  // ---- for the shell

  /** The last moment before the spawn. */
  beginExec(): void {
    this.#state = 'Exec';
  }

  /** Starts the process in `cwd`. @throws FluxError as spawnProcess does */
  start(cwd: string): void {
    const channels = [...this.#streams.keys()].slice(standard.length);
    channels.forEach((name, i) => {
      this.env[name] = String(standard.length + i);
    });
    const { terminal, affinity, stopAtExec, rlimits } = this.exec;
    const socket: StdioSpec = 'socketpair';
    const options: SpawnOptions = {
      argv: this.argv,
      env: this.env,
      cwd: this.exec.cwd ?? cwd,
      stdio: [...standard.map(() => (terminal === undefined ? socket : undefined)), ...channels.map(() => socket)],
      ...(terminal === undefined ? {} : { terminal }),
      ...(this.#group && terminal === undefined ? { pgroup: this.#group.next } : {}),
      ...(affinity === undefined ? {} : { affinity: [...IdSet.parse(affinity)] }),
    };
    this.#child = spawnUnder(limitRequests(rlimits), () => (stopAtExec ? spawnStopped(options) : spawnProcess(options)));
    this.#group?.started(this.#child);
    this.#state = 'Running';
    [...this.#streams.values()].forEach((stream, fd) => {
      const end = this.#child!.stdio[fd];
      if (end) stream.connect(end);
    });
  }

  /** Resolves when the process is reaped and all its streams were read to their end. */
  async complete(): Promise<void> {
    const { status } = await this.#child!.exited;
    this.#waitStatus = status;
    for (const stream of this.#streams.values()) if (this.exec.terminal !== undefined) stream.connectNothing();
    await Promise.all([...this.#streams.values()].map((stream) => stream.eof));
    this.#state = 'Exited';
  }

  /** Lets go of what the task holds. */
  dispose(): void {
    for (const stream of this.#streams.values()) stream.destroy();
    void this.aux.clear();
  }

  #stream(name: string): TaskStream {
    const stream = this.#streams.get(name);
    if (!stream) throw new FluxError('EINVAL', `task has no stream ${name}`);
    return stream;
  }

  #mustBeNew(): void {
    if (this.#state !== 'Init') throw new FluxError('EINVAL', 'the task is started already');
  }
}

type LimitRequests = [Resource, NonNullable<TaskExec['rlimits']>[string]][];

function limitRequests(rlimits: TaskExec['rlimits'] = {}): LimitRequests {
  for (const name of Object.keys(rlimits))
    if (!resourceNames.includes(name as Resource)) throw new FluxError('EINVAL', `unknown resource limit ${name}`);
  return Object.entries(rlimits) as LimitRequests;
}

// Soft limits are inherited. A hard one could not be raised again here, so the child's own is lowered when it has started.
function spawnUnder([first, ...rest]: LimitRequests, spawn: () => Child): Child {
  if (!first) return spawn();
  const [name, { soft, hard }] = first;
  const next = () => spawnUnder(rest, spawn);
  const child = soft === undefined ? next() : withLimit(name, amount(soft), next);
  if (hard !== undefined) setLimit(name, { hard: amount(hard) }, child.pid);
  return child;
}

const amount = (value: number | 'unlimited'): number => (value === 'unlimited' ? Number.POSITIVE_INFINITY : value);
