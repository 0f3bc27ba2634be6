import { defineModule, errorText, FluxError, type JsonObject, type ModuleContext, parseFsd, type Request } from 'flux';
import { jsonNumber, unpack } from 'flux/internal';
import { CronEntry, type EntrySpec } from './entry';
import { Sync } from './sync';

/** Runs commands at times, after intervals and on events (flux-cron(1), contract/cron-heartbeat-barrier.md §1). Rank 0. */
export default defineModule({
  name: 'cron',
  api: 1,
  reads: [],
  methods: {
    create: 'owner',
    list: 'owner',
    stop: 'owner',
    start: 'owner',
    delete: 'owner',
    sync: 'owner',
  },
  async main(m) {
    const cron = new Cron(m);
    await cron.configure(m.args);
    m.serve('create', (_, request) => cron.create(request));
    m.serve('list', () => ({ entries: cron.entries }));
    m.serve('stop', (_, request) => cron.stop(request));
    m.serve('start', (_, request) => cron.start(request));
    m.serve('delete', (_, request) => cron.delete(request));
    m.serve('sync', (_, request) => cron.sync(request));
  },
});

class Cron {
  readonly #m: ModuleContext;
  readonly #sync = new Sync();
  /** In the order of their creation. */
  readonly #entries = new Map<number, CronEntry>();
  #lastId = 0;
  #unsubscribe: (() => Promise<void>) | undefined;

  constructor(m: ModuleContext) {
    this.#m = m;
  }

  get entries(): object[] {
    return [...this.#entries.values()].map((entry) => entry.toJSON());
  }

  /** Module options: what can't be used is logged. */
  async configure(args: readonly string[]): Promise<void> {
    const { log } = this.#m;
    for (const arg of args) {
      const [key, value = ''] = splitOnce(arg, '=');
      if (key === 'sync') await this.#follow(value);
      else if (key === 'sync_epsilon') {
        try {
          this.#sync.epsilon = parseFsd(value);
        } catch (e) {
          log.err(`option ${arg} ignored: ${errorText(e)}`);
        }
      } else log.err(`Unknown option \`${arg}'`);
    }
  }

  async create(request: Request): Promise<object> {
    const required = unpack(request, { type: 's', name: 's', command: 's', args: 'o' });
    const id = ++this.#lastId;
    const optional = unpack(request, {
      environ: 'o?',
      cwd: 's?',
      repeat: 'i?',
      rank: 'i?',
      'task-history-count': 'i?',
      'stop-on-failure': 'i?',
      timeout: 'f?',
    });
    const spec: EntrySpec = {
      ...required,
      args: request.message.payload!.strictJson()['args'] as JsonObject,
      environ: optional.environ,
      cwd: optional.cwd ?? this.#m.cwd,
      repeat: optional.repeat ?? 0,
      rank: optional.rank ?? 0,
      historyCount: optional['task-history-count'] ?? 1,
      stopOnFailure: optional['stop-on-failure'] ?? 0,
      timeout: optional.timeout ?? -1,
    };
    const entry = new CronEntry(this.#m, id, spec, this.#sync);
    this.#entries.set(id, entry);
    await entry.start();
    return entry.toJSON();
  }

  stop(request: Request): object {
    const entry = this.#find(request);
    if (entry.stopped) throw new FluxError('EINVAL');
    entry.stop();
    return entry.toJSON();
  }

  async start(request: Request): Promise<object> {
    const entry = this.#find(request);
    if (!entry.stopped) throw new FluxError('EINVAL');
    await entry.start();
    return entry.toJSON();
  }

  /** An entry whose task runs stays in the list until that has ended. */
  delete(request: Request): object {
    const { kill = false } = unpack(request, { kill: 'b?' });
    const entry = this.#find(request);
    const was = entry.toJSON();
    entry.stop();
    if (entry.busy) entry.onTaskEnd = () => this.#entries.delete(entry.id);
    else this.#entries.delete(entry.id);
    if (kill) entry.kill();
    return was;
  }

  async sync(request: Request): Promise<object> {
    if (!request.message.payload) throw new FluxError('EPROTO');
    const { topic, disable, sync_epsilon } = request.message.payload.strictJson();
    const epsilon = jsonNumber(sync_epsilon);
    if (epsilon !== undefined) this.#sync.epsilon = epsilon;
    if (disable === true) await this.#follow(undefined);
    else if (typeof topic === 'string') await this.#follow(topic);
    return this.#sync.toJSON();
  }

  #find(request: Request): CronEntry {
    const entry = this.#entries.get(unpack(request, { id: 'i' }).id);
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

function splitOnce(text: string, at: string): [string, string?] {
  const i = text.indexOf(at);
  return i < 0 ? [text] : [text.slice(0, i), text.slice(i + 1)];
}
