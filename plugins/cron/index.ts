import { cron, defineModule, FluxError, type ReadBy, t } from 'flux';
import { jsonNumber } from 'flux/internal';
import { argumentsOf } from './arguments';
import { CronEntry, entryOptions } from './entry';
import { DEFAULT_EPSILON, Sync } from './sync';
import type { CronContext, Entry } from './types';

/** Arguments of the module: what can't be used is logged. */
const args = t.object(
  {
    /** The sync event. */
    sync: t.optional(t.string()),
    sync_epsilon: t.lenient(
      t.worded(t.duration({ default: DEFAULT_EPSILON }), (value) => `option sync_epsilon=${value} ignored: Invalid argument`),
    ),
  },
  { unknown: 'report', unknownText: (arg) => `Unknown option \`${arg}'` },
);

/** Runs commands at times, after intervals and on events (flux-cron(1), docs/protocol/cron-heartbeat-barrier.md §1). Rank 0. */
export default defineModule({
  serves: cron,
  api: 1,
  reads: [],
  args,
  async main(m) {
    const entries = new CronEntries(m);
    await entries.configure(m.options);
    return {
      create: (wanted) => entries.create(wanted),
      list: () => ({ entries: entries.all }),
      stop: ({ id }) => entries.stop(id),
      start: ({ id }) => entries.start(id),
      delete: ({ id, kill }) => entries.delete(id, kill),
      sync: (change) => entries.sync(change),
    };
  },
});

class CronEntries {
  readonly #m: CronContext;
  readonly #sync = new Sync();
  /** In the order of their creation. */
  readonly #entries = new Map<number, CronEntry>();
  #lastId = 0;
  #unsubscribe: (() => Promise<void>) | undefined;

  constructor(m: CronContext) {
    this.#m = m;
  }

  get all(): Entry[] {
    return [...this.#entries.values()].map((entry) => entry.toJSON());
  }

  async configure({ sync, sync_epsilon }: t.infer<typeof args>): Promise<void> {
    this.#sync.epsilon = sync_epsilon;
    if (sync !== undefined) await this.#follow(sync);
  }

  /** @throws FluxError EPROTO for an option of the wrong type; the id is used up then */
  async create({ type, name, command, args, ...options }: ReadBy<typeof cron.create>): Promise<Entry> {
    const id = ++this.#lastId;
    const spec = { cwd: this.#m.cwd, ...argumentsOf(entryOptions, options), type, name, command, args };
    const entry = new CronEntry(this.#m, id, spec, this.#sync);
    this.#entries.set(id, entry);
    await entry.start();
    return entry.toJSON();
  }

  stop(id: number): Entry {
    const entry = this.#find(id);
    if (entry.stopped) throw new FluxError('EINVAL');
    entry.stop();
    return entry.toJSON();
  }

  async start(id: number): Promise<Entry> {
    const entry = this.#find(id);
    if (!entry.stopped) throw new FluxError('EINVAL');
    await entry.start();
    return entry.toJSON();
  }

  /** An entry whose task runs stays in the list until that has ended. */
  delete(id: number, kill: boolean): Entry {
    const entry = this.#find(id);
    const was = entry.toJSON();
    entry.stop();
    if (entry.busy) entry.onTaskEnd = () => this.#entries.delete(entry.id);
    else this.#entries.delete(entry.id);
    if (kill) entry.kill();
    return was;
  }

  async sync({ topic, disable, sync_epsilon }: ReadBy<typeof cron.sync>) {
    const epsilon = jsonNumber(sync_epsilon);
    if (epsilon !== undefined) this.#sync.epsilon = epsilon;
    if (disable === true) await this.#follow(undefined);
    else if (typeof topic === 'string') await this.#follow(topic);
    return this.#sync.toJSON();
  }

  #find(id: number): CronEntry {
    const entry = this.#entries.get(id);
    if (!entry) throw new FluxError('ENOENT');
    return entry;
  }

  async #follow(topic: string | undefined): Promise<void> {
    const unsubscribe = this.#unsubscribe;
    if (topic !== undefined) {
      this.#unsubscribe = await this.#m.subscribe(topic, (_, event) => this.#sync.onEvent(event.topic ?? ''));
      this.#m.log.info(`synchronizing cron tasks to event ${topic}`);
    } else this.#unsubscribe = undefined;
    this.#sync.topic = topic;
    await unsubscribe?.();
  }
}
