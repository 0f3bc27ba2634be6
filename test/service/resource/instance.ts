import { decodeEventlog, type Flux, type JsonObject } from '../../../core';
import { createVal } from '../../../core/internal';
import { type TestInstance, testInstance } from '../../../core/testing';
import { FakeGroups } from './fake-groups';

export interface ResourceInstanceOptions {
  size?: number;
  config?: JsonObject;
  attributes?: Record<string, string | null>;
  /** Arguments of the resource module. */
  args?: readonly string[];
  /** Values of KVS keys that are there before the module is loaded. */
  kvs?: Record<string, string>;
  /** Listen for commands. */
  connectors?: boolean;
}

/** An instance with a KVS and the resource module, and groups that the test fills. */
export class ResourceInstance {
  readonly groups = new FakeGroups();

  private constructor(readonly instance: TestInstance) {}

  static async start(options: ResourceInstanceOptions = {}): Promise<ResourceInstance> {
    const { size = 1, args = [], config, attributes, connectors = false } = options;
    const instance = await testInstance({ size, connectors, ...(config ? { config } : {}), ...(attributes ? { attributes } : {}) });
    const started = new ResourceInstance(instance);
    try {
      for (const module of ['content', 'kvs']) for (let rank = 0; rank < size; rank++) await instance.load(rank, module);
      started.groups.attach(instance);
      for (const [key, value] of Object.entries(options.kvs ?? {})) await started.put(key, value);
      for (let rank = 0; rank < size; rank++) await instance.load(rank, 'resource', args);
      return started;
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

  /** Makes these the ranks that are online; resolves when the module knows. */
  async online(ranks: string, count: number): Promise<void> {
    this.groups.set('broker.online', ranks);
    await this.flux.rpc('resource.monitor-waitup', { up: count });
  }

  async put(key: string, value: string): Promise<void> {
    const ops = [{ key, flags: 0, dirent: createVal(value) }];
    await this.flux.rpc('kvs.commit', { namespace: 'primary', flags: 0, ops });
  }

  async get(key: string): Promise<string> {
    const { val } = await this.flux.rpc<{ val: { data: string } }>('kvs.lookup', { namespace: 'primary', key, flags: 0 });
    return Buffer.from(val.data, 'base64').toString();
  }

  /** Events of resource.eventlog: name and context. */
  async events(): Promise<[string, unknown][]> {
    return decodeEventlog(await this.get('resource.eventlog')).map(({ name, context }) => [name, context]);
  }

  /** Resolves when an event of that name is in the eventlog: events are written after the change. */
  async event(name: string): Promise<void> {
    while (!(await this.events()).some(([seen]) => seen === name)) await new Promise((done) => setImmediate(done));
  }

  /** Lines of rank 0's log that contain a text. */
  async logged(text: string): Promise<string[]> {
    return (await this.#dmesg()).split('\n').filter((line) => line.includes(text));
  }

  async #dmesg(): Promise<string> {
    const stream = this.flux.stream('log.dmesg', { follow: false });
    let text = '';
    for (let message = await stream.nextMessage(); message; message = await stream.nextMessage()) text += `${message.text()}\n`;
    return text;
  }
}

/** R of ranks that all have the given cores, on hosts h0, h1, … */
export function uniformR(ranks: string, cores: string, hosts: string): object {
  return {
    version: 1,
    execution: { R_lite: [{ rank: ranks, children: { core: cores } }], starttime: 0, expiration: 0, nodelist: [hosts] },
  };
}
