import { endedBySignal, exitCode, FluxError, type JsonObject, real, t, terminatingSignal } from 'flux';
import { strsignal, wallSeconds } from 'flux/internal';
import type { Sync } from './sync';
import { CronTask, type TaskSpec } from './task';
import type { Trigger, TriggerHost } from './trigger';
import { DatetimeTrigger } from './triggers/datetime';
import { EventTrigger } from './triggers/event';
import { IntervalTrigger } from './triggers/interval';
import type { CronContext, Entry } from './types';

/** What may be left out of a request to create an entry (docs/protocol/cron-heartbeat-barrier.md §1.1). */
export const entryOptions = t.wire({
  environ: t.optional(t.record()),
  cwd: t.optional(t.string()),
  /** Stop after so many runs; 0: never. */
  repeat: t.int({ default: 0 }),
  rank: t.int({ default: 0 }),
  /** Finished tasks that are remembered. */
  'task-history-count': t.int({ default: 1 }),
  /** Stop after so many failures; 0: never. */
  'stop-on-failure': t.int({ default: 0 }),
  /** Seconds; negative: none. */
  timeout: t.number({ default: -1 }),
});

/** What a request to create an entry asks for. */
export interface EntrySpec extends TaskSpec, Omit<t.infer<typeof entryOptions>, keyof TaskSpec> {
  name: string;
  type: string;
  /** Arguments of the type. */
  args: JsonObject;
}

const triggers: Readonly<Record<Entry['type'], new (host: TriggerHost, args: JsonObject) => Trigger>> = {
  interval: IntervalTrigger,
  event: EventTrigger,
  datetime: DatetimeTrigger,
};

/** One entry of the cron service: a command, when to run it, and what became of its runs (flux-cron(1), "OPERATION"). */
export class CronEntry implements TriggerHost {
  readonly m: CronContext;
  readonly id: number;
  readonly spec: EntrySpec;
  /** Called when a task has ended. */
  onTaskEnd: () => void = () => {};
  readonly #sync: Sync;
  readonly #type: Entry['type'];
  readonly #trigger: Trigger;
  readonly #stats = {
    ctime: wallSeconds(),
    starttime: 0,
    lastrun: 0,
    count: 0,
    failcount: 0,
    total: 0,
    success: 0,
    failure: 0,
    deferred: 0,
  };
  #stopped = true;
  #task: CronTask | undefined;
  readonly #finished: CronTask[] = [];

  /** @throws FluxError ENOSYS for an unknown type, what the type's arguments give. */
  constructor(m: CronContext, id: number, spec: EntrySpec, sync: Sync) {
    this.m = m;
    this.id = id;
    this.spec = spec;
    this.#sync = sync;
    if (!isType(spec.type)) throw new FluxError('ENOSYS');
    this.#type = spec.type;
    this.#trigger = new triggers[spec.type](this, spec.args);
  }

  get label(): string {
    return `cron-${this.id}`;
  }

  get log(): CronContext['log'] {
    return this.m.log;
  }

  get lastrun(): number {
    return this.#stats.lastrun;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  get hasRunsLeft(): boolean {
    return this.spec.repeat > 0 && this.#stats.count < this.spec.repeat;
  }

  /** True while a task runs or is deferred. */
  get busy(): boolean {
    return this.#task !== undefined;
  }

  async start(): Promise<void> {
    Object.assign(this.#stats, { starttime: wallSeconds(), count: 0, failcount: 0 });
    this.#stopped = false;
    await this.#trigger.start();
  }

  /** No new runs; a task that runs goes on. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    void this.#trigger.stop();
  }

  /** SIGTERM to the task that runs. */
  kill(): void {
    this.#task?.kill();
  }

  fire(): void {
    const { m, label, spec } = this;
    if (this.#task) {
      m.log.info(`${label}: ${spec.name}: task still running or scheduled`);
      return;
    }
    const stats = this.#stats;
    stats.lastrun = wallSeconds();
    stats.count++;
    stats.total++;
    if (spec.repeat > 0 && stats.count >= spec.repeat) this.stop();
    const task = new CronTask(m, spec, { onLine: (stream, line) => this.#logLine(stream, line) });
    this.#task = task;
    if (!this.#sync.admit(() => void this.#run(task))) return;
    stats.deferred++;
    m.log.debug(`deferring ${label} to next ${this.#sync.topic} event`);
  }

  toJSON(): Entry {
    const { id, spec } = this;
    const { ctime, starttime, lastrun, ...counts } = this.#stats;
    return {
      id,
      rank: spec.rank,
      name: spec.name,
      command: spec.command,
      repeat: spec.repeat,
      stopped: this.#stopped,
      type: this.#type,
      timeout: spec.timeout >= 0 ? real(spec.timeout) : undefined,
      stats: { ctime: real(ctime), starttime: real(starttime), lastrun: real(lastrun), ...counts },
      typedata: this.#trigger.toJSON(),
      tasks: [...(this.#task ? [this.#task] : []), ...this.#finished].map((task) => task.toJSON()),
    };
  }

  async #run(task: CronTask): Promise<void> {
    await task.run();
    this.#task = undefined;
    this.#finished.unshift(task);
    this.#finished.splice(Math.max(this.spec['task-history-count'], 0));
    if (task.failed) this.#onFailure(task);
    else this.#stats.success++;
    this.onTaskEnd();
  }

  #onFailure(task: CronTask): void {
    const { 'stop-on-failure': stopOnFailure } = this.spec;
    this.#stats.failure++;
    this.#stats.failcount++;
    this.m.log.err(`${this.label}: ${this.#failureText(task)}`);
    if (stopOnFailure <= 0 || this.#stats.failcount < stopOnFailure) return;
    this.m.log.err(`${this.label}: exceeded failure limit of ${stopOnFailure}. stopping`);
    this.stop();
  }

  #failureText({ execError, rexecError, status }: CronTask): string {
    const { command } = this.spec;
    if (execError) return `failed to run ${command}: ${execError.message}`;
    if (rexecError) return `failure running ${command}: ${rexecError.message}`;
    return `"${command}": Failed: ${endedBySignal(status) ? strsignal(terminatingSignal(status)) : `Exit ${exitCode(status)}`}`;
  }

  #logLine(stream: string, line: string): void {
    const text = `${this.label}[${this.spec.name}]: rank=${this.spec.rank}: command="${this.spec.command}": "${line}"`;
    if (stream === 'stderr') this.m.log.err(text);
    else this.m.log.info(text);
  }
}

function isType(type: string): type is Entry['type'] {
  return Object.hasOwn(triggers, type);
}
