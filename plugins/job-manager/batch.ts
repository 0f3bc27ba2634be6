import { encodeEntry, encodeJson, type JobState, jobKvsKey, Raw } from 'flux';
import { type Job, type JobEvent, stateName } from './job';

/** Text to append to a KVS key. */
export interface Append {
  key: string;
  text: string;
}

/** A state that a job entered: id, name, time. */
export type Transition = readonly [id: bigint, state: string, timestamp: number];

export interface BatchSinks {
  /** Commits all appends as one transaction. */
  commit(appends: Append[]): Promise<void>;
  /** Publishes state transitions (event job-state). */
  publish(transitions: Transition[]): Promise<void>;
  /** A commit or publish has failed: the manager can't go on. */
  onError(e: unknown): void;
}

class Batch {
  readonly appends = new Map<Job, string>();
  readonly transitions: Transition[] = [];
  readonly completions: (() => void)[] = [];
  get empty(): boolean {
    return this.appends.size === 0 && this.transitions.length === 0 && this.completions.length === 0;
  }
}

/**
 * Writes eventlogs: a batch is what was posted while the last commit was in flight, so an idle manager writes at once and a busy one seldom. After
 * its commit a batch's transitions are published and its completions run (docs/protocol/job-manager.md §6.3).
 */
export class EventBatch {
  readonly #sinks: BatchSinks;
  #open = new Batch();
  #running: Promise<void> | undefined;
  #failed = false;

  constructor(sinks: BatchSinks) {
    this.#sinks = sinks;
  }

  append(job: Job, event: JobEvent): void {
    const { appends } = this.#open;
    appends.set(job, `${appends.get(job) ?? ''}${lineOf(event)}`);
    this.#start();
  }

  transition(job: Job, state: JobState, timestamp: number): void {
    this.#open.transitions.push([job.id, stateName(state), timestamp]);
    this.#start();
  }

  /** Calls `done` when all that was posted so far is committed. */
  afterCommit(done: () => void): void {
    this.#open.completions.push(done);
    this.#start();
  }

  /** Resolves when nothing is left to write. */
  async drained(): Promise<void> {
    while (this.#running) await this.#running;
  }

  #start(): void {
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    await null; // what is posted in this turn belongs together
    while (!this.#open.empty && !this.#failed) await this.#write();
    this.#running = undefined;
  }

  async #write(): Promise<void> {
    const { appends, transitions, completions } = this.#open;
    this.#open = new Batch();
    try {
      if (appends.size > 0) await this.#sinks.commit([...appends].map(([job, text]) => ({ key: jobKvsKey(job.id, 'eventlog'), text })));
      // The next commit need not wait for the event to have its sequence number.
      if (transitions.length > 0) this.#sinks.publish(transitions).catch((e: unknown) => this.#fail(e));
      for (const done of completions) done();
    } catch (e) {
      this.#fail(e);
    }
  }

  #fail(e: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#sinks.onError(e);
  }
}

function lineOf({ timestamp, name, context }: JobEvent): string {
  return `${encodeEntry({ timestamp, name, ...(context ? { context: new Raw(encodeJson(context)) } : {}) })}\n`;
}
