import { defineModule, encodeJson, type Flux, jobKvsKey, type RpcStream, real } from '../../../core';
import { createVal } from '../../../core/internal';
import { type TestInstance, testInstance } from '../../../core/testing';
import { FakeGroups } from '../resource/fake-groups';

export interface SchedInstanceOptions {
  /** R of the instance. */
  R: object;
  size: number;
  /** Arguments of sched-simple. */
  args?: readonly string[];
  /** R of jobs that hold resources when the scheduler starts, by id. */
  running?: Record<string, object>;
  /** Ranks that are online; default all. */
  online?: string;
}

/** An instance with sched-simple, the resource module, and a job manager that the test plays. */
export class SchedInstance {
  readonly groups = new FakeGroups();
  /** Payload of job-manager.sched-ready. */
  readonly ready: Promise<unknown>;
  #setReady!: (payload: unknown) => void;

  private constructor(
    readonly instance: TestInstance,
    readonly options: SchedInstanceOptions,
  ) {
    this.ready = new Promise((resolve) => {
      this.#setReady = resolve;
    });
  }

  static async start(options: SchedInstanceOptions): Promise<SchedInstance> {
    const { size, R, args = [], running = {}, online = size > 1 ? `0-${size - 1}` : '0' } = options;
    const instance = await testInstance({ size, config: { resource: { noverify: true } } });
    const t = new SchedInstance(instance, options);
    try {
      t.groups.attach(instance);
      for (const module of ['content', 'kvs', t.#jobManager as never]) await instance.load(0, module);
      await t.put('resource.R', R);
      for (const [id, held] of Object.entries(running)) await t.put(jobKvsKey(BigInt(id), 'R'), held);
      await instance.load(0, 'resource');
      t.groups.set('broker.online', online);
      await t.flux.rpc('resource.monitor-waitup', { up: online === '' ? 0 : size });
      await instance.load(0, 'sched-simple', args);
      return t;
    } catch (e) {
      await instance.stop();
      throw e;
    }
  }

  get flux(): Flux {
    return this.instance.flux;
  }

  stop(): Promise<void> {
    return this.instance.stop();
  }

  /** Sends an alloc request; its responses are a stream. */
  alloc(id: bigint, jobspec: object, priority = 16): RpcStream {
    return this.flux.stream('sched.alloc', { id, priority, userid: 0, t_submit: real(0), jobspec });
  }

  async put(key: string, value: object): Promise<void> {
    const ops = [{ key, flags: 0, dirent: createVal(encodeJson(value)) }];
    await this.flux.rpc('kvs.commit', { namespace: 'primary', flags: 0, ops });
  }

  /** R of a job. */
  async jobR(id: bigint): Promise<string> {
    const { val } = await this.flux.rpc<{ val: { data: string } }>('kvs.lookup', {
      namespace: 'primary',
      key: jobKvsKey(id, 'R'),
      flags: 0,
    });
    return Buffer.from(val.data, 'base64').toString();
  }

  get #jobManager() {
    const { running = {} } = this.options;
    return defineModule({
      name: 'job-manager',
      api: 1,
      main: (m) => {
        m.serveStream('sched-hello', {}, async function* () {
          for (const id of Object.keys(running)) yield { id: BigInt(id), priority: 16, userid: 0, t_submit: real(0) };
        });
        m.serve('sched-ready', {}, (payload) => {
          this.#setReady(payload);
          return { count: 0 };
        });
      },
    });
  }
}

/** Jobspec of `nslots` slots of `cores` cores each, on `nnodes` nodes if told; a time limit in seconds. */
export function jobspec(nslots: number, cores = 1, { nnodes, duration }: { nnodes?: number; duration?: number } = {}): object {
  const slot = { type: 'slot', count: nslots, label: 'task', with: [{ type: 'core', count: cores }] };
  return {
    version: 1,
    resources: [nnodes === undefined ? slot : { type: 'node', count: nnodes, with: [slot] }],
    tasks: [],
    attributes: { system: { duration: duration === undefined ? 0 : real(duration) } },
  };
}
