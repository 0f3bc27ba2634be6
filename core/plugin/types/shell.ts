import type { JsonObject } from '../../formats/json';
import type { Schema } from '../../schema/schema';
import type { Log, Owned } from './common';
import type { Shell, ShellLogMessage, Task } from './shell-objects';

/**
 * A job shell plugin. `C` is the type of its conf. The shell and task objects that handlers get: types/shell-objects.ts.
 *
 * ```ts
 * export default defineShellPlugin({ name: 'hello', api: 1, setup(s) { s.on('task.init', (task) => { task.env.GREETING = 'hi'; }); } });
 * ```
 *
 * One process may host many shells and builds the stack once, so setup runs once and gets no shell: what belongs to one shell lives in
 * shell.aux, not in the plugin.
 */
export interface ShellPluginDefinition<C = JsonObject> {
  /** A plugin of the same name that was loaded before is removed, this one goes to the end of the stack: so builtins are overridden. */
  name: string;
  /** Version of this interface; 1. */
  api: 1;
  /** Schema of the conf of `plugin.load{file=…, conf={…}}`. Checked before setup. */
  config?: Schema<C>;
  /**
   * Shell options (`-o NAME`) that it may look at: what is looked at before the tasks run needs no mention, what is only read later or in some jobs does,
   * lest users be warned of an unknown option. With dots a member: `['stopwatch.unit']` makes other members of `stopwatch` unknown.
   */
  options?: readonly string[];
  /** Registers handlers. A throw fails the load: ERROR, and plugin.load raises. Synchronous. */
  setup(s: ShellPluginContext<C>): void;
  /**
   * The plugin joins a shell's stack, while its initrc runs: info, options and environment are there, tasks are not. For what must happen before
   * any shell.init (the part of flux_plugin_init that uses the shell). A throw fails the load. Synchronous.
   */
  join?(shell: Shell): void;
}

// biome-ignore lint/suspicious/noConfusingVoidType: a handler returns nothing
type Done = void | undefined;
type MayWait = Done | Promise<void>;

/**
 * Every hook: what its handler gets, when it is called, and what a failure (a throw) does.
 *
 * All are series in load order: builtins first (core/shell/stack/builtins.ts), then what the initrc loads. Of each plugin only the first registered matching
 * handler is called. A failing handler logs ERROR `plugin 'NAME': TOPIC failed`, the call goes on with the next plugin, and what stands
 * below under "failure" follows. The list of plugins is that at the start of the call. "May wait": the next plugin is called when the promise is
 * settled. Elsewhere a promise is a type error, and at run time an error that names the plugin.
 */
export interface ShellHooks {
  /** The broker handle is open; builtins only, since the initrc has not run. May wait. Failure: ERROR, goes on. */
  'shell.connect': (shell: Shell, args: JsonObject) => MayWait;
  /** Every log message, also below all thresholds. Not called for messages logged in it. Failure: the message goes to stderr. */
  'shell.log': (shell: Shell, message: ShellLogMessage) => Done;
  /** A log level is set for a destination other than stderr (`any`, `eventlog`, …). Failure: the caller's setLogLevel throws. */
  'shell.log-setlevel': (shell: Shell, request: { dest: string; level: number }) => Done;
  /** R and jobspec are known, the initrc has run, cwd is set; before the init barrier. May wait. Failure: FATAL. */
  'shell.init': (shell: Shell, args: JsonObject) => MayWait;
  /** A task was made and will be started: the place to change its argv, environment, channels, and task.exec. State Init. May wait. Failure: FATAL. */
  'task.init': (task: Task, shell: Shell) => MayWait;
  /** Right before the spawn, state Exec: the last moment to set task.exec. (No code runs between fork and exec here.) Failure: ERROR, the task starts. */
  'task.exec': (task: Task, shell: Shell) => Done;
  /** The task runs: exec has succeeded, task.pid is known. State Running. May wait. Failure: FATAL. */
  'task.fork': (task: Task, shell: Shell) => MayWait;
  /** All local tasks run; before the start barrier. May wait. Failure: FATAL. */
  'shell.start': (shell: Shell, args: JsonObject) => MayWait;
  /** The task is reaped and all its streams are at EOF; task.waitStatus, exitcode, signaled are set. State Exited. May wait. Failure: ERROR. */
  'task.exit': (task: Task, shell: Shell) => MayWait;
  /** All completion references are gone. May wait. Failure: ERROR, and the shell exits with at least 1. */
  'shell.exit': (shell: Shell, args: JsonObject) => MayWait;
  /** Every shell callback. `topic` says which. */
  'shell.*': (shell: Shell, args: JsonObject, topic: string) => MayWait;
  /** Every task callback. */
  'task.*': (task: Task, shell: Shell, topic: string) => MayWait;
  /** Every callback of any topic; the first argument is the task in task callbacks, else the shell. */
  '*': (subject: Shell | Task, detail: unknown, topic: string) => MayWait;
}

/** The topic of a hook. */
export type ShellTopic = keyof ShellHooks;

/** Topics that plugins call among themselves with shell.call: anything outside `shell.` and `task.`. */
type OwnTopic<T extends string> = T extends `shell.${string}` | `task.${string}` ? never : T;

/** Topics whose handlers may not return a promise; all others may. */
export const shellSynchronous: readonly string[] = ['shell.log', 'shell.log-setlevel', 'task.exec'];

/** The topics the shell itself calls. */
export const shellTopics: readonly string[] = [
  'shell.connect',
  'shell.log',
  'shell.log-setlevel',
  'shell.init',
  'task.init',
  'task.exec',
  'task.fork',
  'shell.start',
  'task.exit',
  'shell.exit',
];

/** The argument of a shell plugin's setup. Timers, `signal` and `defer` live as long as the plugin, which may be longer than a shell: see shell.aux for a shell's. */
export interface ShellPluginContext<C = JsonObject> extends Owned {
  /** The plugin's name; the component of its log messages. */
  readonly name: string;
  /** The file it came from; undefined for a builtin. */
  readonly path: string | undefined;
  /** Conf of this load, read by the schema `config`; `{}` if none was given. */
  readonly conf: C;
  /** The host's own log, not a job's: use shell.log for that. */
  readonly log: Log;
  /** Registers a handler for a topic of ShellHooks. */
  on<T extends ShellTopic>(topic: T, handler: ShellHooks[T]): void;
  /** Registers a handler for a topic that another plugin calls (shell.call), or another glob (fnmatch without flags: `*` also matches `.`). */
  on<T extends string>(topic: OwnTopic<T>, handler: (shell: Shell, args: JsonObject, topic: string) => MayWait): void;
}
