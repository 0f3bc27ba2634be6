import { errorText, FluxError, type JobtapJob, type Log } from 'flux';
import { HookDriver, PluginError } from 'flux/internal';
import type { Job } from '../job';
import { Call, type CallDetails } from './call';
import type { JobtapHandler, JobtapPlugin } from './plugin';
import type { Steps } from './steps';
import { JobView } from './view';

const EVENT_TOPICS = 'job.event.';

/** The stack of plugins: calls topics over it, and keeps whose callback is running. */
export class JobtapStack {
  readonly #driver = new HookDriver<[JobtapJob, Call]>();
  readonly #plugins: JobtapPlugin[] = [];
  readonly #current: Job[] = [];
  readonly #views = new WeakMap<Job, JobView>();
  readonly #jobs = new WeakMap<JobtapJob, Job>();
  readonly #log: Pick<Log, 'debug' | 'err'>;

  constructor(log: Pick<Log, 'debug' | 'err'>) {
    this.#log = log;
  }

  /** In load order. */
  get plugins(): readonly JobtapPlugin[] {
    return this.#plugins;
  }

  /** The job whose callback is running. */
  get current(): Job | undefined {
    return this.#current[this.#current.length - 1];
  }

  /** A job of a running callback, though it may be in no table. */
  running(id: bigint): Job | undefined {
    return this.#current.find((job) => job.id === id);
  }

  add(plugin: JobtapPlugin): void {
    this.#plugins.push(plugin);
    this.#driver.add(plugin.handlers);
  }

  remove(plugin: JobtapPlugin): void {
    const at = this.#plugins.indexOf(plugin);
    if (at >= 0) this.#plugins.splice(at, 1);
    this.#driver.remove(plugin.handlers);
  }

  handles(topic: string): boolean {
    return this.#driver.handles(topic);
  }

  viewOf(job: Job): JobView {
    let view = this.#views.get(job);
    if (!view) {
      view = new JobView(job);
      this.#views.set(job, view);
      this.#jobs.set(view, job);
    }
    return view;
  }

  /** A plugin's handler as the stack calls it: its job is the current one meanwhile. */
  wrap(plugin: JobtapPlugin, handler: JobtapHandler): JobtapHandler {
    return (view, call) => {
      if (call.topic.startsWith(EVENT_TOPICS) && !plugin.subscriptions.has(view.id)) return undefined;
      call.plugin = plugin.listed;
      this.#current.push(this.#jobs.get(view)!);
      try {
        return handler(view, call);
      } finally {
        this.#current.pop();
      }
    };
  }

  /** Calls all plugins, at once. undefined: none handles the topic. Else the call, `failure` set if a plugin ended it. */
  call(topic: string, job: Job, details?: CallDetails): Call | undefined {
    if (!this.#driver.handles(topic)) return undefined;
    const call = new Call(topic, details);
    try {
      this.#driver.reduceSync(topic, (result) => call.fold(result), this.viewOf(job), call);
    } catch (e) {
      this.#failed(call, e);
    }
    return call;
  }

  /** As call(), for topics whose handlers may wait. */
  *steps(topic: string, job: Job, details?: CallDetails): Steps<Call> {
    const call = new Call(topic, details);
    for (const plugin of [...this.#plugins]) {
      yield* this.#step(plugin, call, job);
      if (call.failure !== undefined) break;
    }
    return call;
  }

  /** Calls one plugin alone; what it returns has no effect on the job. */
  *stepsOfOne(plugin: JobtapPlugin, topic: string, job: Job, details?: CallDetails): Steps<void> {
    yield* this.#step(plugin, new Call(topic, details), job);
  }

  *#step(plugin: JobtapPlugin, call: Call, job: Job): Steps<void> {
    const handler = plugin.handlers.match(call.topic);
    if (!handler) return;
    try {
      const result = handler(this.viewOf(job), call);
      call.fold(isPromise(result) ? yield result : result);
    } catch (e) {
      this.#failed(call, new PluginError(plugin.listed, call.topic, e));
    }
  }

  #failed(call: Call, e: unknown): void {
    call.failure = e instanceof PluginError ? e.cause : e;
    this.#log.debug(`jobtap: ${call.plugin}: ${call.topic}: rc=-1`);
    // A bug shows; what a plugin throws on purpose is its caller's to tell.
    if (!(call.failure instanceof FluxError)) this.#log.err(`jobtap: ${errorText(e)}`);
    else if (call.failure.text && call.out['errmsg'] === undefined) this.#log.debug(`jobtap: ${call.plugin}: ${call.failure.text}`);
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
