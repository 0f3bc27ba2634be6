import { type Event, errorText, FluxError, jobManager, type Message, real, sched } from 'flux';
import { errorStack, type PublishArguments, serviceName, wallSeconds } from 'flux/internal';
import { StateActions } from './actions';
import { AllocInterface } from './alloc';
import { Annotator } from './annotator';
import { EventBatch, type Transition } from './batch';
import { Drains } from './drain';
import { EventPoster } from './events';
import { ExecInterface } from './exec';
import type { Job } from './job';
import { JobtapHost } from './jobtap/host';
import type { Surroundings } from './jobtap/parts';
import { Journal } from './journal';
import { restart } from './restart';
import { eventsMaxlen, loadConfiguredPlugins } from './settings';
import { JobStore } from './store';
import { Submissions } from './submissions';
import { JobTable } from './table';
import { Waits } from './waits';

export interface ManagerOptions extends Surroundings {
  /** A commit or publish has failed. */
  onError(e: unknown): void;
}

/** The job manager: its parts, and how they hang together. Each part knows only those it is given here. */
export class Manager {
  readonly table = new JobTable();
  readonly batch: EventBatch;
  readonly journal: Journal;
  readonly events: EventPoster;
  readonly annotator: Annotator;
  readonly alloc: AllocInterface;
  readonly exec: ExecInterface;
  readonly jobtap: JobtapHost;
  readonly waits: Waits;
  readonly drains: Drains;
  readonly submissions: Submissions;
  readonly #options: ManagerOptions;
  readonly #actions: StateActions;
  readonly #store: JobStore;

  constructor(options: ManagerOptions) {
    const { flux, log, config, env, modulePath, guard, reads, library, onError } = options;
    this.#options = options;
    this.#store = new JobStore(flux);
    const { table } = this;
    const act = (job: Job) => this.#actions.act(job);
    this.batch = new EventBatch({
      commit: (appends) => this.#store.append(appends),
      publish: async (transitions) => void (await flux.publish(jobManager.jobState, { transitions: transitions.map(encodeTransition) })),
      onError,
    });
    this.journal = new Journal(eventsMaxlen(config(), log));
    const post: EventPoster['post'] = (...args) => this.events.post(...args);
    this.annotator = new Annotator({ post });
    this.jobtap = new JobtapHost({
      flux,
      table,
      events: { post },
      annotator: this.annotator,
      log,
      config,
      env,
      modulePath,
      guard,
      reads,
      library,
    });
    this.events = new EventPoster({
      table,
      batch: this.batch,
      journal: this.journal,
      hooks: this.jobtap,
      act,
      now: wallSeconds,
    });
    const services = { table, events: this.events, flux, log, act };
    this.alloc = new AllocInterface({ ...services, annotator: this.annotator, settled: () => this.drains.check() });
    this.exec = new ExecInterface(services);
    this.waits = new Waits(table);
    this.drains = new Drains({ table, alloc: this.alloc, batch: this.batch });
    this.submissions = new Submissions({ table, events: this.events, jobtap: this.jobtap });
    this.#actions = new StateActions({ post, alloc: this.alloc, exec: this.exec, retire: (job) => this.#retire(job) });
    flux.onUntaggedResponse = (response) => this.#untagged(response);
  }

  /**
   * Loads plugins, and takes up the jobs that are in the KVS. Those who had to do with an earlier job manager learn by the event job-manager.hello that
   * there is one again.
   */
  async start(): Promise<void> {
    const { config, log } = this.#options;
    this.jobtap.loadBuiltins();
    loadConfiguredPlugins(this.jobtap, config());
    const { table, waits, events, jobtap } = this;
    await restart({ store: this.#store, table, waits, events, jobtap, log, act: (job) => this.#actions.act(job) });
    this.publish(jobManager.hello, {}, { private: true });
  }

  /** Writes what is to be written, and lets go of all who wait. */
  async stop(): Promise<void> {
    const unloading = new FluxError('ENOSYS', 'job-manager is unloading');
    this.drains.end(unloading);
    this.waits.end(unloading);
    this.journal.end();
    await this.jobtap.removeAll();
    await this.batch.drained();
    await this.#store.writeCheckpoint(this.table.maxId);
  }

  /** A client is gone. */
  disconnect(sender: string): void {
    for (const part of [this.alloc, this.exec, this.waits, this.drains, this.journal]) part.disconnect(sender);
  }

  /** Publishes an event whose delivery nobody waits for. */
  publish<E extends Event>(event: E, ...args: PublishArguments<E>): void {
    this.#options.flux.publish(event, ...args).catch((e: unknown) => {
      this.#options.log.err(`error publishing ${event.topic}: ${errorText(e)}`);
    });
  }

  /** Nothing will happen to an inactive job any more. */
  #retire(job: Job): void {
    if (!this.table.remove(job)) return;
    if (job.waitable) this.waits.jobInactive(job);
    this.jobtap.forget(job);
    this.drains.check();
  }

  /** A response to a request of alloc or exec: they match them by job id. */
  #untagged(response: Message): void {
    // Whoever handles it has its own idea of bad responses; what still comes out is a bug, and no reason to end.
    try {
      this.#dispatchUntagged(response);
    } catch (e) {
      this.#options.log.err(`response to ${response.topic}: ${errorStack(e)}`);
    }
  }

  #dispatchUntagged(response: Message): void {
    const { topic } = response;
    if (topic === sched.alloc.topic) this.alloc.allocResponse(response);
    else if (topic === sched.free.topic) this.alloc.freeResponse(response);
    else if (topic === this.exec.topic) this.exec.response(response);
    else if (!topic?.startsWith(`${serviceName(sched)}.`)) this.#options.log.err(`unexpected response to ${topic}`);
  }
}

const encodeTransition = ([id, state, timestamp]: Transition) => [id, state, real(timestamp)] as const;
