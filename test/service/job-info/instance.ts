import { type Flux, jobKvsKey, Kvs, type RpcStream } from '../../../core';
import type { TestInstance } from '../../../core/testing';
import { kvsInstance } from '../kvs/instance';

export const OWNER = 1000;
export const ID = 84070629376n;

/** Text of an eventlog of events given as `NAME` or `[NAME, CONTEXT]`. */
export function log(...events: (string | [name: string, context: object])[]): string {
  return events.map((event) => `${line(event)}\n`).join('');
}

function line(event: string | [string, object]): string {
  const [name, context] = typeof event === 'string' ? [event] : event;
  return JSON.stringify({ timestamp: 1.5, name, ...(context ? { context } : {}) });
}

const submit: [string, object] = ['submit', { userid: OWNER, urgency: 16, flags: 0 }];
export const started = log(submit, 'depend', 'alloc', 'start');
export const released = log(['finish', { status: 0 }], ['release', { ranks: 'all', final: true }]);

/** An instance with job-info, and a job whose directory the test writes. */
export class InfoInstance {
  private constructor(
    readonly instance: TestInstance,
    readonly kvs: Kvs,
  ) {}

  static async start(): Promise<InfoInstance> {
    const instance = await kvsInstance();
    await instance.load(0, 'job-info');
    return new InfoInstance(instance, new Kvs(instance.flux));
  }

  get flux(): Flux {
    return this.instance.flux;
  }

  get guest(): Kvs {
    return this.kvs.in(`job-${ID}`);
  }

  stop(): Promise<void> {
    return this.instance.stop();
  }

  put(key: string, value: string): Promise<unknown> {
    return this.kvs.put(jobKvsKey(ID, key), value);
  }

  append(key: string, value: string): Promise<unknown> {
    return this.kvs.append(jobKvsKey(ID, key), value);
  }

  lookup(keys: unknown, user: object = {}): Promise<unknown> {
    return this.flux.rpc('job-info.lookup', { id: ID, keys, flags: 0 }, user);
  }

  watch(path: string, options: { guest?: boolean } = {}, user: object = {}): RpcStream<{ event: string }> {
    return this.flux.stream('job-info.eventlog-watch', { id: ID, path, flags: 0, ...options }, user);
  }

  /** Resolves when so many watches are open. */
  async watchers(count: number): Promise<void> {
    while ((await this.flux.rpc<{ watchers: number }>('job-info.stats.get')).watchers !== count) await nextTurn();
  }

  /** Puts the guest namespace in the job's directory, as job-exec does when a job runs. */
  async createGuest(): Promise<void> {
    await this.flux.rpc(
      'kvs.namespace-create',
      { namespace: `job-${ID}`, rootref: await this.#emptyRoot(), owner: OWNER, flags: 0 },
      { nodeid: 0 },
    );
    await this.kvs.symlink(jobKvsKey(ID, 'guest'), '.', `job-${ID}`);
  }

  /** Moves the guest data to the primary namespace, as job-exec does when a job is done. */
  async endGuest(): Promise<void> {
    const { rootref } = await this.guest.getroot();
    await this.kvs.commit(this.kvs.transaction().putTreeobj(jobKvsKey(ID, 'guest'), { ver: 1, type: 'dirref', data: [rootref] }));
    await this.flux.rpc('kvs.namespace-remove', { namespace: `job-${ID}` }, { nodeid: 0 });
  }

  async #emptyRoot(): Promise<string> {
    const hash = await this.flux.getattr('content.hash');
    return hash === 'sha1'
      ? 'sha1-c0a9faf907dda6216fd73bf81d0b3b21a1a8cb91'
      : 'sha256-61b85efa2a76db9377692c700b4e1edfc480bf224e0e9764b76f8082159d0ca0';
  }
}

/** Names of the events that a watch gives until it ends. */
export async function names(stream: AsyncIterable<{ event: string }>): Promise<string[]> {
  const seen: string[] = [];
  for await (const { event } of stream) seen.push(nameIn(event));
  return seen;
}

/** Name of the next event. */
export async function next(stream: RpcStream<{ event: string }>): Promise<string | undefined> {
  const { done, value } = await stream.next();
  return done ? undefined : nameIn(value.event);
}

function nameIn(event: string): string {
  expect(event).toMatch(/^\{.*\}\n$/);
  return JSON.parse(event).name;
}

const nextTurn = () => new Promise((done) => setImmediate(done));
