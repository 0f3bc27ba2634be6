import { type Flux, Kvs } from '../../../core';
import { type TestInstance, type TestInstanceOptions, testInstance } from '../../../core/testing';

/** An instance with all that the KVS needs. */
export async function kvsInstance({ size = 1, ...options }: Pick<TestInstanceOptions, 'size' | 'attributes'> = {}): Promise<TestInstance> {
  const instance = await testInstance({ size, modules: ['content'], ...options });
  await instance.load(0, 'content-sqlite');
  for (const module of ['kvs', 'kvs-watch']) for (let rank = 0; rank < size; rank++) await instance.load(rank, module);
  return instance;
}

/** A KVS handle on each rank, each a client of its own. */
export async function kvsOnEachRank(instance: TestInstance): Promise<Kvs[]> {
  return Promise.all(instance.brokers.map(async (_, rank) => new Kvs(await instance.open(rank))));
}

export const GUEST = { userid: 12345, rolemask: 2 } as const;

export const failsWith = (code: string, text?: string) => expect.objectContaining({ code, ...(text === undefined ? {} : { text }) });

/** Payloads of events while `work` runs: all that were published before it ended. */
export async function eventsDuring(flux: Flux, topic: string, work: () => Promise<unknown>): Promise<Record<string, unknown>[]> {
  const seen: Record<string, unknown>[] = [];
  let stop: (() => void) | undefined;
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const unsubscribe = await flux.subscribe(topic, (event) => void seen.push(event.json()));
  const unsubscribeEnd = await flux.subscribe('test.end', () => stop?.());
  await work();
  await flux.publish('test.end');
  await stopped;
  await unsubscribe();
  await unsubscribeEnd();
  return seen;
}
