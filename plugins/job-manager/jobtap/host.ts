import {
  type CurrentJobRef,
  type Dependency,
  errorText,
  FluxError,
  isJsonObject,
  JobState,
  type JobtapContext,
  type JsonObject,
  toFluxError,
} from 'flux';
import { checkTopic, errorMessage, errorStack, jobtapTopics, jsonTypeName, loadPlugin, PluginLoadError } from 'flux/internal';
import { checkNesting } from '../annotations';
import type { EventHooks } from '../events';
import { type Job, type JobEvent, stateName, USERID_SYSTEM } from '../job';
import { canBePrioritized, prioritize } from '../priorities';
import { ownCopy } from '../wire';
import { type Call, type CallDetails, Rejection } from './call';
import { type ContextHost, PluginContext } from './context';
import { dependenciesOf, dependencyTopic } from './dependencies';
import { builtins, findJobtap, matchesListed, sameListed } from './find';
import { JobDataStore } from './job-data';
import type { JobtapParts } from './parts';
import { type JobtapHandler, JobtapPlugin } from './plugin';
import { JobtapStack } from './stack';
import type { Steps } from './steps';
import { trackedFlux } from './tracked-flux';

const MAX_EVENT_TOPIC = 63;

/** Loads job manager plugins, calls them, and turns what they return into what happens to the job (docs/protocol/jobtap.md). */
export class JobtapHost implements EventHooks, ContextHost {
  readonly parts: JobtapParts;
  readonly stack: JobtapStack;
  readonly data = new JobDataStore();
  /** Jobs that are being submitted: in no table yet. */
  readonly #introduced = new Map<bigint, Job>();

  constructor(parts: JobtapParts) {
    this.parts = parts;
    this.stack = new JobtapStack(parts.log);
  }

  // ---- plugins

  /** Listed names, in load order. */
  list(): string[] {
    return this.stack.plugins.map((plugin) => plugin.listed);
  }

  loadBuiltins(): void {
    for (const name of builtins) this.load(name);
  }

  /** Loads a plugin; before its handlers are called for the first time, `setup` is done. Errors: docs/protocol/jobtap.md §1.1. */
  load(name: string, conf?: JsonObject): JobtapPlugin {
    const found = findJobtap(name, this.parts.modulePath);
    if (!found.listed.startsWith('.') && this.stack.plugins.some(({ listed }) => sameListed(listed, found.listed)))
      throw new FluxError('EEXIST', `${found.path}: ${found.listed} already loaded`);
    const loaded = loadPlugin(found.file, { kind: 'jobtap', library: this.parts.library });
    const { definition } = loaded;
    const plugin = new JobtapPlugin(found, definition.name, this.parts.log);
    plugin.own(this.parts.guard(loaded, (e) => this.#escaped(plugin, e)));
    try {
      const checked = definition.config ? definition.config.parse(conf ?? {}, { name: definition.name, coerce: true }) : (conf ?? {});
      const context = new PluginContext(this, plugin, trackedFlux(this.parts.flux, plugin), checked);
      definition.setup(context as JobtapContext<unknown>);
    } catch (e) {
      void plugin.dispose();
      throw loadFailure(found.path, e);
    }
    this.stack.add(plugin);
    this.parts.reads(definition.reads ?? [definition.name]);
    return plugin;
  }

  /** Removes all plugins that match. ENOENT if there are none, unless the pattern is `all`. */
  remove(pattern: string): void {
    const doomed = this.stack.plugins.filter((plugin) => matchesListed(pattern, plugin.listed));
    if (doomed.length === 0 && pattern !== 'all') throw new FluxError('ENOENT', 'Failed to find plugin to remove');
    for (const plugin of doomed) this.#drop(plugin);
  }

  removeAll(): Promise<unknown> {
    const all = [...this.stack.plugins];
    for (const plugin of all) this.stack.remove(plugin);
    return Promise.all(all.map((plugin) => plugin.dispose()));
  }

  /** Tells a plugin that is loaded at run time of the jobs that are there, and has all priorities asked for again. */
  *announce(plugin: JobtapPlugin): Steps<void> {
    for (const job of [...this.parts.table]) {
      if (this.parts.table.get(job.id) !== job) continue; // it has ended while the plugin made us wait
      yield* this.stack.stepsOfOne(plugin, 'job.new', job);
      if (job.state !== JobState.DEPEND) continue;
      for (const dependency of this.#dependenciesOrNone(job)) {
        yield* this.stack.stepsOfOne(plugin, dependencyTopic(dependency.scheme), job, { dependency });
      }
      yield* this.stack.stepsOfOne(plugin, 'job.state.depend', job);
    }
    this.reprioritizeAll();
  }

  register(plugin: JobtapPlugin, topic: string, handler: JobtapHandler): void {
    if (typeof handler !== 'function') throw new FluxError('EINVAL', `${topic}: the handler is no function`);
    checkTopic(topic, jobtapTopics);
    plugin.handlers.on(topic, this.stack.wrap(plugin, handler));
  }

  find(ref: CurrentJobRef): Job {
    if (ref === 'current') {
      const { current } = this.stack;
      if (!current) throw new FluxError('EINVAL', 'no callback is running');
      return current;
    }
    const id = typeof ref === 'bigint' ? ref : ref?.id;
    if (typeof id !== 'bigint') throw new FluxError('EINVAL', 'a job is needed: its id, or the object a handler got');
    const job = this.parts.table.get(id) ?? this.#introduced.get(id) ?? this.stack.running(id);
    if (!job) throw new FluxError('ENOENT');
    return job;
  }

  // ---- jobs

  /** A submitted job: validation, dependencies. Throws EINVAL with the submitter's text if it is rejected. Waits only if a plugin does. */
  *validate(job: Job): Steps<void> {
    this.#introduced.set(job.id, job);
    try {
      rejectIfFailed(yield* this.stack.steps('job.validate', job), 'rejected by job-manager plugin');
      yield* this.dependencies(job);
    } catch (e) {
      this.forget(job);
      throw e;
    } finally {
      this.#introduced.delete(job.id);
    }
  }

  /** Has plugins look at each dependency of the jobspec. What is wrong is EINVAL with a text, thrown or handed to `objected`. */
  *dependencies(job: Job, objected: (e: FluxError) => void = rethrow): Steps<void> {
    let dependencies: Dependency[] = [];
    try {
      dependencies = dependenciesOf(job);
    } catch (e) {
      objected(toFluxError(e));
    }
    for (const dependency of dependencies) {
      try {
        yield* this.#dependency(job, dependency);
      } catch (e) {
        objected(toFluxError(e));
      }
    }
  }

  /** First sight of an accepted job, or of one that was there before. Annotations are taken silently from a new one. */
  introduce(job: Job, annotate: (update: JsonObject) => void): void {
    const call = this.#logged('job.new', job);
    const update = call && this.#annotationsOf(call, job);
    if (update) annotate(update);
  }

  event(job: Job, event: JobEvent): void {
    const topic = `job.event.${event.name}`;
    if (!this.#subscribed(job) || Buffer.byteLength(topic) > MAX_EVENT_TOPIC) return;
    this.#logged(topic, job, { event });
  }

  stateEntered(job: Job, event: JobEvent, prevState: JobState): void {
    const call = this.#logged(`job.state.${stateName(job.state).toLowerCase()}`, job, { event, prevState });
    if (!call) return;
    const update = this.#annotationsOf(call, job);
    if (update) this.parts.annotator.merge(job, update);
    if (canBePrioritized(job)) this.#takePriority(call, job);
  }

  reprioritize(job: Job): void {
    if (canBePrioritized(job)) this.#askPriority(job);
  }

  reprioritizeAll(): void {
    for (const job of [...this.parts.table]) this.reprioritize(job);
  }

  /** The job is gone: so is what plugins keep of it. */
  forget(job: Job): void {
    this.data.forget(job);
    for (const plugin of this.stack.plugins) plugin.subscriptions.delete(job.id);
  }

  // ---- inside

  #drop(plugin: JobtapPlugin): void {
    this.stack.remove(plugin);
    void plugin.dispose();
  }

  /** A raw timer that threw, a rejection that nobody handled: nobody knows what state the plugin is in. */
  #escaped(plugin: JobtapPlugin, e: unknown): void {
    plugin.log.err(`uncaught exception, the plugin is removed: ${errorStack(e)}`);
    this.#drop(plugin);
  }

  *#dependency(job: Job, dependency: Dependency): Steps<void> {
    const topic = dependencyTopic(dependency.scheme);
    if (!this.stack.handles(topic)) throw new FluxError('EINVAL', `dependency scheme "${dependency.scheme}" not supported`);
    rejectIfFailed(yield* this.stack.steps(topic, job, { dependency }), 'rejected by job-manager dependency plugin');
  }

  #subscribed(job: Job): boolean {
    return this.stack.plugins.some((plugin) => plugin.subscriptions.has(job.id));
  }

  #logged(topic: string, job: Job, details?: CallDetails): Call | undefined {
    const call = this.stack.call(topic, job, details);
    if (call?.failure !== undefined) this.parts.log.err(`jobtap: ${topic}: callback returned error`);
    return call;
  }

  #annotationsOf(call: Call, job: Job): JsonObject | undefined {
    const { annotations } = call.out;
    if (annotations === undefined) return undefined;
    try {
      if (!isJsonObject(annotations)) throw new FluxError('EINVAL', 'annotations are no object');
      checkNesting(annotations);
      return ownCopy(annotations);
    } catch (e) {
      this.parts.log.err(`jobtap: ${job.id}: ${call.topic}: ${errorText(e)}`);
      return undefined;
    }
  }

  /** The priority that a state callback returned, if any. */
  #takePriority(call: Call, job: Job): void {
    const { priority } = call.out;
    if (priority === undefined || priority === 'unavailable') return;
    if (typeof priority === 'number' && Number.isInteger(priority)) {
      if (priority >= 0) prioritize(this.parts.events, job, priority);
      return;
    }
    const stuck = job.state === JobState.PRIORITY ? ' (job may be stuck in PRIORITY state)' : '';
    const note = `arg_unpack: Expected integer, got ${jsonTypeName(priority)}${stuck}`;
    this.parts.events.post(job, 'exception', { type: call.topic, severity: 4, userid: USERID_SYSTEM, note });
  }

  #askPriority(job: Job): void {
    const call = this.#logged('job.priority.get', job);
    if (!call || call.failure !== undefined) return;
    const { priority } = call.out;
    if (typeof priority === 'number' && Number.isInteger(priority) && priority >= 0) prioritize(this.parts.events, job, priority);
    else if (priority !== undefined && priority !== 'unavailable') this.parts.log.err(`jobtap: ${job.id}: priority is no integer`);
    else if (job.state === JobState.SCHED) this.parts.log.err(`jobtap: ${job.id}: BUG: plugin didn't return priority`);
  }

  #dependenciesOrNone(job: Job) {
    try {
      return dependenciesOf(job);
    } catch (e) {
      this.parts.log.err(`jobtap: ${job.id}: ${errorText(e)}`);
      return [];
    }
  }
}

function rethrow(e: FluxError): never {
  throw e;
}

function rejectIfFailed({ failure, out }: Call, text: string): void {
  if (failure === undefined) return;
  if (failure instanceof Rejection) throw failure;
  throw new FluxError('EINVAL', typeof out['errmsg'] === 'string' ? out['errmsg'] : text);
}

/** What setup or the conf's check threw, with the plugin's path where the text is not the plugin's own. */
function loadFailure(path: string, e: unknown): FluxError {
  if (e instanceof PluginLoadError || e instanceof FluxError) return e;
  return new FluxError('EINVAL', `${path}: ${errorMessage(e)}`, { cause: e });
}
