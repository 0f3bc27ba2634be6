import type { EncodableObject, JsonObject } from '../../formats/json';
import type { Flux, NO_RESPONSE, Request } from '../../handle';
import type { Message } from '../../message';
import type { AnyMethod, Form, GivenTo, Method, ReadBy, ReceivedFrom, ReturnedBy } from '../../protocol';
import type { Schema } from '../../schema/schema';
import type { ServeHandler, Undo } from './common';

/** Log levels of the shell (flux_shell_log(3)): NOTICE prints as INFO. */
export const ShellLogLevel = { FATAL: 0, ALERT: 1, CRIT: 2, ERROR: 3, WARN: 4, NOTICE: 5, DEBUG: 6, TRACE: 7 } as const;
export type ShellLogLevel = (typeof ShellLogLevel)[keyof typeof ShellLogLevel];

/** A method of a table that answers once, if at all. */
type SingleMethod = Method<Exclude<Form, 'bytes'>, Form, 'once' | 'never'>;

/** Answers one request of a method of a table; what it returns is the response. Of one that never answers nothing is. */
export type ShellMethodHandler<M> = (
  args: ReadBy<M>,
  request: Request,
) => ReturnedBy<M> | typeof NO_RESPONSE | Promise<ReturnedBy<M> | typeof NO_RESPONSE>;

/** A message on its way to the log: what shell.log handlers get. */
export interface ShellLogMessage {
  /** Shell rank; -1 while unknown. */
  readonly rank: number;
  readonly level: ShellLogLevel;
  readonly message: string;
  /** Plugin that logs; none for the shell itself and for Lua. */
  readonly component?: string;
  readonly file?: string;
  readonly line?: number;
}

/** flux_shell_get_info(3). `jobspec` is live: environment and shell.options show later changes. */
export interface ShellInfo {
  readonly jobid: bigint;
  /** Shell rank, 0 to size - 1. */
  readonly rank: number;
  /** Number of shells of the job. */
  readonly size: number;
  /** Tasks of the whole job. */
  readonly ntasks: number;
  /** Name of the shell's service. */
  readonly service: string;
  readonly jobspec: JsonObject;
  readonly R: JsonObject;
  readonly options: { readonly verbose: number; readonly standalone: boolean };
}

/** flux_shell_get_rank_info(3). */
export interface ShellRankInfo {
  readonly broker_rank: number;
  /** Tasks of that shell. */
  readonly ntasks: number;
  /** Global ranks of its tasks, an idset without brackets. */
  readonly taskids: string;
  /** Idsets; gpus is `''` without any. Those of this shell, whichever rank was asked for. */
  readonly resources: { readonly cores: string; readonly gpus: string };
}

/** flux_shell_get_jobspec_info(3); -1 stands for what the jobspec does not say. */
export interface ShellJobspecInfo {
  readonly version: number;
  readonly ntasks: number;
  readonly nslots: number;
  readonly cores_per_slot: number;
  readonly nnodes: number;
  readonly slots_per_node: number;
}

/** flux_shell_task_get_info(3), in this order of keys. */
export interface TaskInfo {
  /** Index within this shell, from 0. */
  readonly localid: number;
  /** Global rank. */
  readonly rank: number;
  readonly state: TaskState;
  /** Once started. */
  readonly pid?: number;
  /** Once exited: as of waitpid(2). */
  readonly wait_status?: number;
  /** Once exited: the signal that ended it, or 0. */
  readonly signaled?: number;
  /** Once exited: exit code, 128 + signal if signaled. */
  readonly exitcode?: number;
}

/** The life of a task: made, being spawned, running, reaped. */
export type TaskState = 'Init' | 'Exec' | 'Running' | 'Exited';

/** A shell, for one job on one broker: docs/api.md maps each flux_shell_* function to a member. EINVAL for bad arguments everywhere. */
export interface Shell {
  readonly info: ShellInfo;
  readonly jobspecInfo: ShellJobspecInfo;
  /** -1 or nothing: this shell. EINVAL unless 0 to size - 1, or if that shell has no tasks. */
  rankInfo(shellRank?: number): ShellRankInfo;
  /** The broker handle; in standalone a loop. */
  readonly flux: Flux;
  /** The process and host that the shell runs on, there from the start. */
  readonly host: ShellHost;
  /** Plugin data of this shell. Names beginning with `shell::` and `builtin::` are taken. */
  readonly aux: Aux;
  /** Aborted at the shell's teardown. */
  readonly signal: AbortSignal;

  /** A shell option (`-o name`), or undefined if unset; with a schema checked: a mismatch logs ERROR `shell_getopt: unpack error: TEXT` and throws. */
  getopt(name: string): unknown;
  getopt<T>(name: string, schema: Schema<T>): T | undefined;
  /** Sets an option; undefined deletes it (ENOENT if it was not set). Values that a builtin has read already do not change. */
  setopt(name: string, value: unknown): void;

  /** The environment of the job, which tasks created later get. */
  getenv(name: string): string | undefined;
  /** All of it, a copy. */
  environ(): Record<string, string>;
  /** `overwrite: false` leaves a variable that is set, without an error. */
  setenv(name: string, value: string, options?: { overwrite?: boolean }): void;
  /** ENOENT if it is not set. */
  unsetenv(name: string): void;

  /** Keeps the event loop alive until removed as often as added. Returns the new count of that name. */
  addCompletionRef(name: string): number;
  /** ENOENT for an unknown name. When the last reference of all goes, the shell ends. */
  removeCompletionRef(name: string): number;

  /** Signals all running tasks, by pid. */
  killall(signum: number): void;

  /** Handles events `shell-JOBID.SUBTOPIC` (a glob is allowed) until the shell ends; nothing ever comes in standalone. */
  addEventHandler(subtopic: string, handler: (payload: JsonObject, message: Message) => void | Promise<void>): Undo;
  /** Merged into the context of the exec eventlog's `shell.init` or `shell.start`, later keys win. Only the leader's count, and only before the emission. */
  addEventContext(event: 'shell.init' | 'shell.start', context: EncodableObject): void;

  /** Answers requests to `SERVICE.METHOD` from the owner and the job's user; others get EPERM. Topic shorter than 128 characters. */
  serve<P = JsonObject>(method: string, handler: ServeHandler<P>): Undo;
  /** The same for a method of a table that answers once or never: the handler gets its checked arguments. EPROTO for requests that don't fit. */
  serve<M extends SingleMethod>(method: M, handler: ShellMethodHandler<M>): Undo;
  /** Sends a request to METHOD of that shell's service. EINVAL for a rank outside the job. Safe after the init barrier. */
  rpc<R = JsonObject>(
    method: string,
    shellRank: number,
    payload?: object,
    options?: { noResponse?: boolean; signal?: AbortSignal },
  ): Promise<R>;

  rpc<M extends AnyMethod>(
    method: M,
    shellRank: number,
    args: GivenTo<M>,
    options?: { noResponse?: boolean; signal?: AbortSignal },
  ): Promise<ReceivedFrom<M>>;

  /** Calls a topic over the plugin stack; false if any handler failed. */
  call(topic: string, args?: EncodableObject): Promise<boolean>;
  /** The task of the task.* callback that is running. */
  readonly currentTask: Task | undefined;
  /** Local tasks so far, by local id. */
  readonly tasks: readonly Task[];

  /** Logs under the plugin's name. One trailing newline is dropped; more than 4095 bytes are not logged. NOTICE prints as INFO. */
  log(message: string): void;
  trace(message: string): void;
  debug(message: string): void;
  warn(message: string): void;
  error(message: string): void;
  logAt(level: ShellLogLevel, message: string): void;
  /** Logs FATAL, kills the local tasks, raises the job exception `exec`, and exits with `exitCode` (default 1). Never returns. */
  die(message: string, exitCode?: number): never;
  /** Raises the job exception `exec` of severity 0 with this note, once per shell; later calls do nothing. */
  raise(note: string): Promise<void>;
  /** Raises (never lowers) a log threshold: `stderr`, or a destination that a plugin serves (`eventlog`, `any`). EINVAL outside 0 to 7. */
  setLogLevel(level: number, destination?: string): void;
}

/** A shell's process and host, which it may share with other shells: nothing of it is to be changed. */
export interface ShellHost {
  readonly hostname: string;
  readonly userid: number;
  /** Environment of the shell itself, not of the job. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Working directory of the job on this host. */
  readonly cwd: string;
  readonly standalone: boolean;
  /** Verbosity that the shell was started with. */
  readonly verbose: number;
  /** KVS namespace of the job. */
  readonly namespace: string;
  /** Writes to the shell's own output. */
  stdout(data: string | Buffer): void;
  stderr(text: string): void;
  /** Logs an ERROR in the shell's own name instead of a plugin's. */
  error(message: string): void;
  /** In shell.init: the shell goes on, and is initialized (before the first barrier) when this has worked out, too; a rejection fails shell.init. */
  initialized(promise: Promise<unknown>): void;
  /** Resolves when the tasks of all shells have started and, in the leader, `shell.start` is in the eventlog; never if it does not come to that. */
  readonly started: Promise<void>;
  /** The shell keeps its handle until this is settled, or for 5 s: what is to be written however the shell ends. */
  holdHandle(promise: Promise<unknown>): void;
}

/** A task of the shell. What can be changed counts in task.init (task.exec: also in the hook of that name), and not later. */
export interface Task {
  readonly info: TaskInfo;
  readonly localid: number;
  readonly rank: number;
  readonly state: TaskState;
  /** undefined before it runs. */
  readonly pid: number | undefined;
  /** As of waitpid(2), once exited. */
  readonly waitStatus: number | undefined;
  /** Program and arguments. Change it in place. */
  readonly argv: string[];
  /** The task's environment, a copy of the job's. Set, change, delete members. */
  readonly env: Record<string, string>;
  /** Process attributes, applied by the spawn. */
  readonly exec: TaskExec;
  /** Plugin data of this task. */
  readonly aux: Aux;

  /** A bidirectional socket that the task inherits; its descriptor's number stands in the environment variable `name`. task.init only. EEXIST. */
  addChannel(name: string, options?: ChannelOptions): void;
  /** How a stream (`stdout`, `stderr`, or a channel) is read. task.init only. */
  setChannel(stream: string, options: ChannelOptions): void;
  /**
   * Takes the output of a stream: chunks (or lines, as set by its options), then `null` once for EOF. EEXIST if it is taken: output takes
   * stdout and stderr in its task.init, pmi PMI_FD.
   */
  onOutput(stream: string, handler: (data: Buffer | null) => void): Undo;
  /** Stops and starts reading a stream; what was read is not lost. */
  pauseOutput(stream: string): void;
  resumeOutput(stream: string): void;
  /** Writes to `stdin` or a channel. EPIPE once it is closed. Resolves when it was taken over by the kernel. */
  write(stream: string, data: Buffer | string): Promise<void>;
  /** EOF for the task, after what was written. */
  close(stream: string): void;
  /** kill(2) on the task's process. ESRCH unless running. */
  kill(signum: number): void;
}

/** How the output of a task is handed over. */
export interface ChannelOptions {
  /** Hand over whole lines (default for stdout), or what comes. */
  lines?: boolean;
  /** Longest line and largest buffer, in bytes; default 4 MiB. */
  bufferSize?: number;
}

/** Attributes of a task's process that are set between fork and exec: no code of a plugin runs there. */
export interface TaskExec {
  /** CPUs to run on, an idset of logical CPU numbers (sched_setaffinity(2)). */
  affinity?: string;
  /** Working directory; default the shell's. */
  cwd?: string;
  /** Stop (SIGSTOP) right after the exec, before the program's first instruction, for a debugger to attach; SIGCONT lets it run. */
  stopAtExec?: boolean;
  /** Path of a terminal to have as stdin, stdout, stderr and controlling terminal, in a new session. */
  terminal?: string;
  /** Resource limits by name without RLIMIT_ in lower case: `{ stack: { soft: 10485760 } }`. */
  rlimits?: Record<string, { soft?: number | 'unlimited'; hard?: number | 'unlimited' }>;
}

/** Named values on a shell or task, disposed at its teardown. */
export interface Aux {
  get<T>(name: string): T | undefined;
  /** Replacing a value disposes the old one; undefined deletes. The shell's end waits for `dispose`. */
  set<T>(name: string, value: T | undefined, dispose?: (value: T) => void | Promise<void>): void;
}
