import type { Flux } from '../../handle';
import { ShellLogLevel } from '../../plugin/types/shell-objects';
import { jobManager } from '../../protocol/job-manager';
import { errorText } from '../../sys/errors';
import { signals } from '../../sys/signals';
import { ShellExit } from '../errors';
import { callSite, type LogSource, ShellLog } from '../log';
import type { ShellOptions } from '../shell-options';
import { AuxItems } from '../stack/aux-items';
import { PluginShell } from '../stack/plugin-shell';
import type { ShellJob, ShellParts, ShellPlace } from '../stack/shell-parts';
import type { PluginStack } from '../stack/stack';
import { Views } from '../stack/views';
import { Tasks } from '../task/tasks';
import { PluginCalls } from './calls';
import { CompletionRefs } from './completion';
import { Ending } from './ending';
import { EventContexts } from './event-contexts';
import { ShellEvents } from './events';
import { Initialization } from './initialization';
import { JobHost } from './job-host';
import { KnownOptions } from './known-options';
import { Progress } from './progress';

/**
 * The shell of one job on one broker: the parts that it has from its start to its end. What it learns on its way is in the states that it goes
 * through (run.ts). Has no state outside itself, so that one process may run many.
 */
export class JobShell implements ShellParts {
  readonly options: ShellOptions;
  readonly stack: PluginStack;
  readonly log: ShellLog;
  readonly ending: Ending;
  readonly host: JobHost;
  readonly initialization: Initialization;
  readonly calls: PluginCalls;
  readonly tasks: Tasks;
  readonly aux: AuxItems;
  readonly events: ShellEvents;
  readonly views = new Views((plugin) => new PluginShell(this, plugin));
  readonly completion = new CompletionRefs();
  readonly contexts = new EventContexts();
  readonly knownOptions = new KnownOptions();
  readonly progress = new Progress();
  readonly #abort = new AbortController();

  constructor(options: ShellOptions, stack: PluginStack) {
    const { stderr, standalone, verbose } = options;
    const { driver } = stack;
    const { views } = this;
    this.options = options;
    this.stack = stack;
    const log = new ShellLog({
      stderr,
      standalone,
      verbose,
      rank: () => this.rank,
      dispatch: (message) => driver.eachSync('shell.log', views, message, 'shell.log').length === 0,
      setLevel: (dest, level) => driver.eachSync('shell.log-setlevel', views, { dest, level }, 'shell.log-setlevel').length === 0,
    });
    this.log = log;
    this.ending = new Ending(log);
    this.initialization = new Initialization(log, this.ending);
    this.host = new JobHost(options, log, this.initialization);
    this.calls = new PluginCalls({ stack, views, log, ending: this.ending });
    this.tasks = new Tasks(log, options.taskGroup);
    this.aux = new AuxItems((e) => log.report(e));
    this.events = new ShellEvents(options.jobid, (handler) => log.guard(handler));
  }

  get jobid(): bigint {
    return this.options.jobid;
  }

  /** Aborted at teardown. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  // ---- what it has come to

  get flux(): Flux {
    return this.progress.get('flux');
  }

  get job(): ShellJob {
    return this.progress.get('job');
  }

  get place(): ShellPlace {
    return this.progress.get('place');
  }

  /** Shell rank; -1 while unknown. */
  get rank(): number {
    return this.progress.find('place')?.rank ?? -1;
  }

  getopt(name: string): unknown {
    this.knownOptions.add(name); // also if it is asked for too early
    return this.progress.find('job')?.getopt(name);
  }

  /** Gives a signal that the process got to the plugins; false if none would take it. A shell that ends by itself does so with the exit code it has. */
  deliverSignal(signum: number): boolean {
    if (this.ending.fatal) return true;
    const signal = this.progress.find('signal');
    signal?.(signum);
    return signal !== undefined;
  }

  /** Logs what escaped from everywhere, under the name of the plugin it comes from, if its stack tells. */
  reportStray(e: unknown): void {
    const stack = e instanceof Error ? (e.stack ?? '') : '';
    const owner = this.stack.plugins.find((plugin) => plugin.path !== undefined && stack.includes(`${plugin.path}:`));
    this.log.report(e, owner?.name);
  }

  // ---- the end

  /** Logs FATAL and makes the shell end. @throws ShellExit always */
  die(message: string, exitCode = 1, source: LogSource = { site: callSite(this.die) }): never {
    return this.ending.die(message, exitCode, source);
  }

  /** Ends the shell with exit code 1 and no exception, after a message that says why. @throws ShellExit always */
  fail(message: string, level: ShellLogLevel = ShellLogLevel.ERROR): never {
    this.log.say(level, message, { site: callSite(this.fail) });
    this.tasks.killall(signals.SIGKILL);
    throw new ShellExit(1, message);
  }

  /** Runs what throws the text to fail with. @throws ShellExit */
  attempt<T>(action: () => T, prefix = ''): T {
    try {
      return action();
    } catch (e) {
      return this.fail(prefix + errorText(e));
    }
  }

  /** Ends at once, as a process does that is killed or calls exit(3): no message, no exception. What still runs of it is unwound by its next step. */
  abandon(exitCode: number): ShellExit {
    const exit = this.ending.abandon(exitCode);
    this.tasks.killall(signals.SIGKILL);
    return exit;
  }

  /** Follows up a FATAL message, if there was one: it is stored, the tasks are killed, the job gets an exception. */
  async finishFatal(): Promise<void> {
    const { fatal } = this.ending;
    if (!fatal) return;
    await this.calls.flushLog();
    this.tasks.killall(signals.SIGKILL);
    await this.raise(fatal.message);
  }

  /** Raises the job exception `exec`, severity 0, once; not in standalone. */
  async raise(note: string): Promise<void> {
    const flux = this.progress.find('flux');
    if (this.options.standalone || !flux || !this.ending.takeException()) return;
    try {
      await flux.call(jobManager.raise, { id: this.jobid, type: 'exec', severity: 0, note });
    } catch (e) {
      this.options.stderr(`flux-shell: failed to raise job exception: ${errorText(e)}\n`);
    }
  }

  /** Lets go of everything; no more callbacks are made. */
  async dispose(): Promise<void> {
    this.#abort.abort();
    this.tasks.dispose();
    await Promise.all([this.progress.find('service')?.remove(), this.aux.clear()]);
    this.events.clear();
    this.progress.find('flux')?.close();
  }
}
