import {
  type CurrentJobRef,
  type Flux,
  FluxError,
  isJsonObject,
  type JobData,
  type JobDataOptions,
  type JobRef,
  type JobResult,
  JobState,
  type JobtapContext,
  type JobtapJob,
  type JsonObject,
  type Log,
  type ServeHandler,
  type ServeOptions,
  type Undo,
} from 'flux';
import { type Job, USERID_SYSTEM } from '../job';
import { prioritize } from '../priorities';
import { jobResult } from '../result';
import { ownCopy } from '../wire';
import { cutText } from './call';
import type { JobDataStore } from './job-data';
import type { JobtapParts } from './parts';
import type { JobtapHandler, JobtapPlugin } from './plugin';
import { type StreamServer, serveFor, serveStreamFor } from './serve';
import type { JobtapStack } from './stack';

/** What a plugin's context needs of the host that the plugin runs in. */
export interface ContextHost {
  readonly parts: JobtapParts;
  readonly stack: Pick<JobtapStack, 'current' | 'viewOf'>;
  readonly data: JobDataStore;
  /** Adds a handler. EINVAL for a topic that is never called. */
  register(plugin: JobtapPlugin, topic: string, handler: JobtapHandler): void;
  /** The job that a plugin means. ENOENT; EINVAL for 'current' outside of callbacks. */
  find(ref: CurrentJobRef): Job;
  reprioritizeAll(): void;
}

/** What a plugin's setup gets: the functions of flux_jobtap_get_flux(3), as docs/protocol/jobtap.md §3 has them. */
export class PluginContext implements JobtapContext<unknown> {
  readonly #host: ContextHost;
  readonly #plugin: JobtapPlugin;
  readonly flux: Flux;
  readonly conf: unknown;

  constructor(host: ContextHost, plugin: JobtapPlugin, flux: Flux, conf: unknown) {
    this.#host = host;
    this.#plugin = plugin;
    this.flux = flux;
    this.conf = conf;
  }

  get name(): string {
    return this.#plugin.name;
  }
  get config(): JsonObject {
    return this.#host.parts.config();
  }
  get env(): Readonly<Record<string, string | undefined>> {
    return this.#host.parts.env;
  }
  get log(): Log {
    return this.#plugin.log;
  }
  get signal(): AbortSignal {
    return this.#plugin.signal;
  }
  get current(): JobtapJob | undefined {
    const job = this.#host.stack.current;
    return job && this.#host.stack.viewOf(job);
  }

  every(ms: number, fn: () => void | Promise<void>): Undo {
    return this.#plugin.every(ms, fn);
  }
  after(ms: number, fn: () => void | Promise<void>): Undo {
    return this.#plugin.after(ms, fn);
  }
  defer(fn: () => void | Promise<void>): void {
    this.#plugin.defer(fn);
  }

  // The hook table types what authors register; from here on all handlers are alike.
  on(topic: string, handler: (...args: never[]) => unknown): void {
    this.#host.register(this.#plugin, topic, handler as JobtapHandler);
  }

  serve<P = JsonObject>(method: string, options: ServeOptions<P>, handler: ServeHandler<P>): Undo {
    return serveFor(this.#host.parts.flux, this.#plugin, method, options, handler);
  }
  serveStream<P = JsonObject>(method: string, options: ServeOptions<P>, handler: StreamServer<P>): Undo {
    return serveStreamFor(this.#host.parts.flux, this.#plugin, method, options, handler);
  }

  jobData<T>({ name, dispose }: JobDataOptions<T> = {}): JobData<T> {
    const { data } = this.#host;
    const key = name ?? Symbol('job data');
    const owned = dispose && ((value: T) => this.#plugin.run('job data', () => dispose(value)));
    if (typeof key === 'symbol') this.#plugin.own(() => data.deleteKey(key));
    return {
      get: (ref) => data.get(this.#find(ref), key) as T | undefined,
      set: (ref, value) => data.set(this.#find(ref), key, value, owned),
      delete: (ref) => data.delete(this.#find(ref), key),
    };
  }

  lookup(ref: CurrentJobRef): JobtapJob {
    return this.#host.stack.viewOf(this.#find(ref));
  }
  jobResult(ref: CurrentJobRef): JobResult {
    const job = this.#find(ref);
    if (!(job.state & (JobState.CLEANUP | JobState.INACTIVE))) throw new FluxError('EINVAL');
    return jobResult(job);
  }
  eventPosted(ref: CurrentJobRef, name: string): boolean {
    return this.#find(ref).posted.has(name);
  }

  reprioritizeAll(): void {
    this.#host.reprioritizeAll();
  }
  reprioritize(ref: JobRef, priority: number): void {
    if (!Number.isInteger(priority) || priority < 0) throw new FluxError('EINVAL', `invalid priority ${priority}`);
    prioritize(this.#host.parts.events, this.#find(ref), priority);
  }

  dependencyAdd(ref: JobRef, description: string): void {
    const { job, dependencies } = this.#dependenciesOf(ref, description);
    if (dependencies.wasUsed(description) || dependencies.pendingAdds.includes(description)) return;
    if (job.state === JobState.NEW) dependencies.pendingAdds.push(description);
    else this.#post(job, 'dependency-add', { description });
  }
  hasDependency(ref: JobRef, description: string): boolean {
    return this.#find(ref).dependencies.isWanted(description);
  }
  dependencyRemove(ref: JobRef, description: string): void {
    const { job, dependencies } = this.#dependenciesOf(ref, description);
    if (job.state === JobState.NEW) {
      if (!dependencies.pendingAdds.includes(description)) throw new FluxError('ENOENT');
      dependencies.pendingRemoves.push(description);
      return;
    }
    if (!dependencies.has(description)) throw new FluxError('ENOENT');
    this.#post(job, 'dependency-remove', { description });
  }

  setFlag(ref: CurrentJobRef, flag: 'alloc-bypass' | 'debug'): void {
    if (flag !== 'alloc-bypass' && flag !== 'debug') throw new FluxError('EINVAL', `unknown flag ${String(flag)}`);
    this.#post(this.#find(ref), 'set-flags', { flags: [flag] });
  }
  raiseException(ref: CurrentJobRef, type: string, severity: number, text: string): void {
    this.#post(this.#find(ref), 'exception', { type, severity, userid: USERID_SYSTEM, note: cutText(text) });
  }
  postEvent(ref: CurrentJobRef, name: string, context?: JsonObject): void {
    this.#post(this.#find(ref), name, context);
  }

  subscribe(ref: CurrentJobRef): void {
    this.#plugin.subscriptions.add(this.#find(ref).id);
  }
  unsubscribe(ref: CurrentJobRef): void {
    this.#plugin.subscriptions.delete(this.#find(ref).id);
  }

  prologStart(description: string): void {
    const job = this.#find('current');
    if (job.state >= JobState.CLEANUP) throw new FluxError('EINVAL', 'no prolog can start from CLEANUP on');
    this.#post(job, 'prolog-start', { description });
  }
  prologFinish(ref: CurrentJobRef, description: string, status: number): void {
    this.#post(this.#find(ref), 'prolog-finish', { description, status });
  }
  epilogStart(description: string): void {
    const job = this.#find('current');
    if (job.freePending) throw new FluxError('EINVAL', 'the resources are being given back already');
    this.#post(job, 'epilog-start', { description });
  }
  epilogFinish(ref: CurrentJobRef, description: string, status: number): void {
    this.#post(this.#find(ref), 'epilog-finish', { description, status });
  }

  #find(ref: CurrentJobRef): Job {
    return this.#host.find(ref);
  }

  #dependenciesOf(ref: JobRef, description: string) {
    if (typeof description !== 'string') throw new FluxError('EINVAL', 'a dependency needs a description');
    const job = this.#find(ref);
    if (!(job.state & (JobState.NEW | JobState.DEPEND))) throw new FluxError('EINVAL');
    return { job, dependencies: job.dependencies };
  }

  #post(job: Job, name: string, context?: JsonObject): void {
    if (job.state === JobState.NEW) throw new FluxError('EAGAIN');
    this.#host.parts.events.post(job, name, isJsonObject(context) ? ownCopy(context) : context);
  }
}
