import type { JsonObject } from '../../formats/json';
import type { Flux } from '../../handle';
import type { Message } from '../../message';
import type { PluginError } from '../../plugin/plugin-error';
import type { ServeHandler, Undo } from '../../plugin/types/common';
import { type ShellHost, type ShellInfo, ShellLogLevel, type TaskExec } from '../../plugin/types/shell-objects';
import { errorText, FluxError, toFluxError } from '../../sys/errors';
import { signals } from '../../sys/signals';
import { LoggedError, ShellExit } from '../errors';
import { callSite, type LogSource, ShellLog } from '../log';
import type { ShellOptions } from '../shell-options';
import { AuxItems } from '../stack/aux-items';
import { PluginShell } from '../stack/plugin-shell';
import type { PluginStack, StackPlugin } from '../stack/stack';
import { ShellTask } from '../task/task';
import { CompletionRefs } from './completion';
import { type ShellEventHandler, ShellEvents } from './events';
import { Holds } from './holds';
import type { ShellJobspec } from './jobspec';
import { KnownOptions } from './known-options';
import type { TaskLayout } from './task-layout';

const LONGEST_TOPIC = 127;

/**
 * The shell of one job on one broker: what initrc, plugins and the stages of its life (run.ts) work on. Has no state outside itself, so that one
 * process may run many.
 */
export class JobShell implements ShellHost {
  readonly options: ShellOptions;
  readonly stack: PluginStack;
  readonly log: ShellLog;
  readonly completion = new CompletionRefs();
  readonly aux: AuxItems;
  readonly tasks: ShellTask[] = [];
  /** Plugins that initrc has loaded for this shell, or found in a stack that others have loaded. */
  readonly joined = new Set<StackPlugin>();
  readonly contexts: Record<'shell.init' | 'shell.start', JsonObject> = { 'shell.init': {}, 'shell.start': {} };
  /** Process attributes that tasks made from now on begin with. */
  readonly taskExec: TaskExec = {};
  flux!: Flux;
  jobspec: ShellJobspec | undefined;
  layout: TaskLayout | undefined;
  /** It was not admitted to its host. */
  declined = false;
  /** Signals that the process gets are the plugins' from now on. */
  takesSignals = false;
  /** Shell rank; -1 while unknown. */
  rank = -1;
  brokerRank = -1;
  verbose: number;
  /** Name of the shell's service; `''` in standalone. */
  service = '';
  /** Working directory of the job on this host. */
  cwd: string;
  pluginPath: string;
  /** The initrc for jobs that name none, once it is asked for. */
  defaultInitrc: Promise<string> | undefined;
  /** Answer of the job-info service, once it is asked. */
  asked: Promise<JsonObject> | undefined;
  currentTask: ShellTask | undefined;
  readonly #views = new Map<string, PluginShell>();
  readonly #knownOptions = new KnownOptions();
  readonly #events = new ShellEvents();
  readonly #holds = new Holds();
  readonly #initializing: Promise<unknown>[] = [];
  readonly #abort = new AbortController();
  #taskCalls: Promise<unknown> = Promise.resolve();
  #fatal: ShellExit | undefined;
  #raised = false;
  #rejectDead!: (e: ShellExit) => void;
  /** Rejects when the shell has to end at once. */
  readonly dead = new Promise<never>((_, reject) => {
    this.#rejectDead = reject;
  });
  /** shell.start is in the log of events. */
  setStarted!: () => void;
  readonly started = new Promise<void>((resolve) => {
    this.setStarted = resolve;
  });
  #info: ShellInfo | undefined;

  constructor(options: ShellOptions, stack: PluginStack) {
    this.options = options;
    this.stack = stack;
    this.verbose = options.verbose;
    this.cwd = options.cwd;
    this.pluginPath = options.paths.plugins;
    this.aux = new AuxItems((e) => this.#report(e));
    this.log = new ShellLog({
      stderr: options.stderr,
      standalone: options.standalone,
      verbose: options.verbose,
      dispatch: (message) => this.stack.driver.eachSync('shell.log', this, message, 'shell.log').length === 0,
      setLevel: (dest, level) => this.stack.driver.eachSync('shell.log-setlevel', this, { dest, level }, 'shell.log-setlevel').length === 0,
    });
    this.dead.catch(() => {});
  }

  get jobid(): bigint {
    return this.options.jobid;
  }

  get standalone(): boolean {
    return this.options.standalone;
  }

  get hostname(): string {
    return this.options.hostname;
  }

  get userid(): number {
    return this.options.userid;
  }

  get env(): ShellOptions['env'] {
    return this.options.env;
  }

  /** The KVS namespace that all of the shell's keys are in. */
  get namespace(): string {
    return this.options.env['FLUX_KVS_NAMESPACE'] ?? `job-${this.jobid}`;
  }

  stdout(data: string | Buffer): void {
    this.options.stdout(data);
  }

  stderr(text: string): void {
    this.options.stderr(text);
  }

  get isLeader(): boolean {
    return this.rank === 0;
  }

  get size(): number {
    return this.layout?.size ?? 0;
  }

  /** Aborted at teardown. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** flux_shell_get_info(3). @throws FluxError EINVAL before jobspec and R are known */
  get info(): ShellInfo {
    const { jobid, rank, size, service, jobspec, layout, verbose, standalone } = this;
    if (!jobspec || !layout || rank < 0) throw new FluxError('EINVAL');
    this.#info ??= {
      jobid,
      rank,
      size,
      ntasks: layout.ntasks,
      service,
      jobspec: jobspec.object,
      R: layout.R.object,
      options: { verbose, standalone },
    };
    return this.#info;
  }

  /** The shell as a plugin sees it: logs under its name. */
  view(plugin: string): PluginShell {
    let view = this.#views.get(plugin);
    if (!view) {
      view = new PluginShell(this, plugin);
      this.#views.set(plugin, view);
    }
    return view;
  }

  // ---- logging

  say(level: ShellLogLevel, message: string, source: LogSource = { site: callSite(this.say) }): void {
    this.log.log(level, message, source);
  }

  trace(message: string): void {
    this.say(ShellLogLevel.TRACE, message, { site: callSite(this.trace) });
  }

  debug(message: string): void {
    this.say(ShellLogLevel.DEBUG, message, { site: callSite(this.debug) });
  }

  warn(message: string): void {
    this.say(ShellLogLevel.WARN, message, { site: callSite(this.warn) });
  }

  error(message: string): void {
    this.say(ShellLogLevel.ERROR, message, { site: callSite(this.error) });
  }

  // ---- the plugin stack

  /** Calls a topic; false if a plugin failed, which is logged. @throws ShellExit if the shell has to end */
  async call(topic: string, args: unknown = {}): Promise<boolean> {
    return (await this.failures(topic, args)).length === 0;
  }

  /** As call; what the plugins that failed have thrown. */
  async failures(topic: string, args: unknown = {}): Promise<unknown[]> {
    return this.#settle(topic, await this.stack.driver.each(topic, this, args, topic));
  }

  /** Calls a task topic. One task's call at a time, so that there is one current task. */
  callTask(topic: string, task: ShellTask): Promise<boolean> {
    const call = this.#taskCalls.then(async () => {
      this.currentTask = task;
      try {
        return this.#settle(topic, await this.stack.driver.each(topic, task, this, topic)).length === 0;
      } finally {
        this.currentTask = undefined;
      }
    });
    this.#taskCalls = call.catch(() => {});
    return call;
  }

  /** As callTask, at once: between two others. */
  callTaskSync(topic: string, task: ShellTask): boolean {
    this.currentTask = task;
    try {
      return this.#settle(topic, this.stack.driver.eachSync(topic, task, this, topic)).length === 0;
    } finally {
      this.currentTask = undefined;
    }
  }

  #settle(topic: string, failures: readonly PluginError[]): unknown[] {
    for (const { cause, plugin } of failures) {
      if (cause instanceof ShellExit) continue;
      if (!(cause instanceof LoggedError)) this.say(ShellLogLevel.ERROR, messageOf(cause), { component: plugin });
      this.error(`plugin '${plugin}': ${topic} failed`);
    }
    if (this.#fatal) throw this.#fatal;
    return failures.map(({ cause }) => cause);
  }

  /** Wraps a handler that is called from outside of any callback: what it throws is logged. */
  guard<A extends unknown[]>(handler: (...args: A) => unknown, component?: string): (...args: A) => void {
    const failed = (e: unknown) => this.#report(e, component);
    return (...args) => {
      try {
        const result = handler(...args);
        if (result instanceof Promise) result.catch(failed);
      } catch (e) {
        failed(e);
      }
    };
  }

  /** Logs what escaped from everywhere, under the name of the plugin it comes from, if its stack tells. */
  reportStray(e: unknown): void {
    const stack = e instanceof Error ? (e.stack ?? '') : '';
    const owner = this.stack.plugins.find((plugin) => plugin.path !== undefined && stack.includes(`${plugin.path}:`));
    this.#report(e, owner?.name);
  }

  #report(e: unknown, component?: string): void {
    if (!(e instanceof LoggedError)) this.say(ShellLogLevel.ERROR, messageOf(e), { component });
  }

  // ---- options and environment

  /** @throws FluxError ENOENT if the option to delete was not set */
  setopt(name: string, value: unknown): void {
    const options = this.jobspec!.options;
    this.#knownOptions.add(name);
    if (value !== undefined) options[name] = value as (typeof options)[string];
    else if (!Object.hasOwn(options, name)) throw new FluxError('ENOENT');
    else delete options[name];
  }

  getopt(name: string): unknown {
    const options = this.jobspec?.options;
    this.#knownOptions.add(name);
    return options && Object.hasOwn(options, name) ? options[name] : undefined;
  }

  /** Warns of options that nobody has looked at, nor is going to (known-options.ts). */
  warnOfUnknownOptions(): void {
    const declared = this.stack.plugins.flatMap(({ options }) => options);
    for (const { name, near } of this.#knownOptions.unknown(this.jobspec!.options, declared))
      this.warn(`unknown shell option '${name}'${near === undefined ? '' : `, did you mean '${near}'?`}`);
  }

  get environment(): Record<string, string> {
    return this.jobspec!.environment;
  }

  // ---- tasks

  newTask(localid: number, rank: number, env: Record<string, string>): ShellTask {
    const task = new ShellTask({
      localid,
      rank,
      argv: this.jobspec!.command,
      env,
      exec: this.taskExec,
      group: this.options.taskGroup,
      guard: (handler) => this.guard(handler),
      onError: (e) => this.#report(e),
    });
    this.tasks.push(task);
    return task;
  }

  /** Signals every running task. */
  killall(signum: number): void {
    for (const task of this.tasks) {
      if (!task.running) continue;
      try {
        task.kill(signum);
      } catch (e) {
        if (toFluxError(e).code !== 'ESRCH') this.error(`kill ${task.pid}: ${errorText(e)}`);
      }
    }
  }

  // ---- service, requests, events

  /** Answers METHOD of the shell's service, to the owner and the user that the shell runs as. */
  serve<P>(method: string, handler: ServeHandler<P>): Undo {
    const topic = `${this.service}.${method}`;
    if (Buffer.byteLength(topic) > LONGEST_TOPIC) throw new FluxError('EINVAL');
    return this.flux.serve(topic, { roles: ['any'] }, (payload, request) => {
      if (!request.isOwner && request.userid !== this.options.userid) throw new FluxError('EPERM');
      return handler(payload as P, request);
    });
  }

  async rpc<R>(
    method: string,
    shellRank: number,
    payload: object = {},
    { noResponse = false, signal }: { noResponse?: boolean; signal?: AbortSignal } = {},
  ): Promise<R> {
    const layout = this.layout!;
    if (!Number.isInteger(shellRank) || shellRank < 0 || shellRank >= layout.size) throw new FluxError('EINVAL');
    const topic = `${this.service}.${method}`;
    const nodeid = layout.brokerRankOf(shellRank);
    if (!noResponse) return this.flux.rpc<R>(topic, payload, { nodeid, ...(signal ? { signal } : {}) });
    this.flux.notify(topic, payload, { nodeid });
    return {} as R;
  }

  addEventHandler(subtopic: string, handler: ShellEventHandler): Undo {
    return this.#events.add(subtopic, handler);
  }

  /** Gives a signal that the process got to the plugins; false if none would take it. A shell that ends by itself does so with the exit code it has. */
  deliverSignal(signum: number): boolean {
    if (this.#fatal) return true;
    if (!this.takesSignals) return false;
    this.guard(() => this.call('signal', { signum }))();
    return true;
  }

  /** Takes an event whose topic begins with `shell-JOBID.`. */
  receiveEvent(event: Message): void {
    this.#events.dispatch(event, `shell-${this.jobid}.`, (handler) => this.guard(handler));
  }

  /** The shell is initialized when this has worked out, too. */
  initialized(promise: Promise<unknown>): void {
    this.#initializing.push(promise);
    promise.catch(() => {}); // it is looked at later
  }

  /** Resolves when all that belongs to initialization is done, with the errors of what has failed, which are logged. */
  async initialization(): Promise<unknown[]> {
    const results = await Promise.allSettled(this.#initializing.splice(0));
    const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    for (const e of failures) this.#report(e);
    if (this.#fatal) throw this.#fatal;
    return failures;
  }

  // ---- the end

  /** What ends the shell, if something does. */
  get fatal(): ShellExit | undefined {
    return this.#fatal;
  }

  /** Logs FATAL and makes the shell end. @throws ShellExit always */
  die(message: string, exitCode = 1, source: LogSource = { site: callSite(this.die) }): never {
    if (!this.#fatal) {
      this.#fatal = new ShellExit(exitCode, message);
      this.say(ShellLogLevel.FATAL, message, source);
      this.#rejectDead(this.#fatal);
    }
    throw this.#fatal;
  }

  /** Ends at once, as a process does that is killed or calls exit(3): no message, no exception. What still runs of it is unwound by its next step. */
  abandon(exitCode: number): ShellExit {
    this.#fatal ??= new ShellExit(exitCode, 'ended');
    this.#raised = true;
    this.killall(signals.SIGKILL);
    this.#rejectDead(this.#fatal);
    return this.#fatal;
  }

  /** What follows a FATAL message: it is stored, the tasks are killed, the job gets an exception. */
  async finishFatal(): Promise<void> {
    if (!this.#fatal) return;
    await this.flushLog();
    this.killall(signals.SIGKILL);
    await this.raise(this.#fatal.message);
  }

  /** Raises the job exception `exec`, severity 0, once; not in standalone. */
  async raise(note: string): Promise<void> {
    if (this.#raised || this.standalone || !this.flux) return;
    this.#raised = true;
    try {
      await this.flux.rpc('job-manager.raise', { id: this.jobid, type: 'exec', severity: 0, note });
    } catch (e) {
      this.options.stderr(`flux-shell: failed to raise job exception: ${errorText(e)}\n`);
    }
  }

  /** Waits until what was logged is where it belongs. */
  async flushLog(): Promise<void> {
    await this.stack.driver.each('log.flush', this, {}, 'log.flush');
  }

  holdHandle(promise: Promise<unknown>): void {
    this.#holds.add(promise);
  }

  /** Resolves when all that holds the handle is settled, or when it has taken too long. */
  releaseHandle(): Promise<void> {
    return this.#holds.release();
  }

  async #removeService(): Promise<void> {
    if (this.service !== '') await this.flux.rpc('service.remove', { service: this.service }).catch(() => {}); // the broker may be gone
  }

  /** Lets go of everything; no more callbacks are made. */
  async dispose(): Promise<void> {
    this.#abort.abort();
    for (const task of this.tasks) task.dispose();
    await Promise.all([this.#removeService(), this.aux.clear()]);
    this.#events.clear();
    this.flux?.close();
  }
}

/** A thrown value in words: the text of what was meant for people, with its place where it was not. */
function messageOf(e: unknown): string {
  if (e instanceof FluxError || !(e instanceof Error)) return errorText(e);
  return (e.stack ?? e.message).split('\n').slice(0, 2).join(' ').replace(/\s+/g, ' ');
}
