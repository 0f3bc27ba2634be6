import { blobrefOf, Content, type Flux, FluxError, Kvs } from '../../../core';
import type { TestInstance } from '../../../core/testing';
import { golden } from '../../unit/formats/golden';
import { eventsDuring, kvsInstance } from './instance';

type ByHash<T> = { sha1: T; sha256: T };
interface Transaction {
  n: number;
  name: string;
  flags: number;
  ops: unknown[] | ByHash<unknown[]>;
  fence?: { name: string; nprocs: number; contributions: unknown[][] };
  error?: { name: string };
  rootseq: number;
  root: ByHash<string>;
}
interface Vectors {
  empty_dir: ByHash<string>;
  raw_blobs: { base64: string }[];
  transactions: Transaction[];
  lookups: { key: string; flags: number; error?: { name: string }; val?: unknown }[];
}

const vectors = golden<Vectors>('treeobj.json');
const NAMESPACE = 'golden';

describe.each(['sha1', 'sha256'] as const)('through messages, with %s', (hash) => {
  let instance: TestInstance;
  let flux: Flux;
  beforeAll(async () => {
    instance = await kvsInstance({ attributes: { 'content.hash': hash } });
    flux = instance.flux;
    const content = new Content(flux);
    for (const { base64 } of vectors.raw_blobs) await content.store(Buffer.from(base64, 'base64'));
    for (const name of [NAMESPACE, 'other']) await new Kvs(flux).createNamespace(name);
  });
  afterAll(() => instance.stop());

  test('the golden transactions lead to the golden roots and sequence numbers, and the lookups to the golden answers', async () => {
    for (const transaction of vectors.transactions) {
      const { n, error, rootseq } = transaction;
      const events = await eventsDuring(flux, `kvs.namespace-${NAMESPACE}`, async () => {
        const result = await outcomeOf(run(transaction));
        expect({ n, result }).toEqual({ n, result: error ? error.name : { rootref: transaction.root[hash], rootseq } });
      });
      expect({ n, rootseq: await new Kvs(flux, { namespace: NAMESPACE }).version() }).toEqual({ n, rootseq });
      expect(events).toHaveLength(1);
      if (!error) expect(events[0]).toMatchObject({ namespace: NAMESPACE, rootseq, rootref: transaction.root[hash] });
      if (n === 55) await checkLookups();
    }
  });

  async function run({ flags, ops, fence }: Transaction): Promise<unknown> {
    if (!fence) return flux.rpc('kvs.commit', { namespace: NAMESPACE, flags, ops: byHash(ops, hash) });
    const { name, nprocs, contributions } = fence;
    const [result] = await Promise.all(
      contributions.map((part) => flux.rpc('kvs.fence', { name, nprocs, namespace: NAMESPACE, flags, ops: part })),
    );
    return result;
  }

  async function checkLookups(): Promise<void> {
    for (const { key, flags, error, val } of vectors.lookups) {
      const result = await outcomeOf(flux.rpc('kvs.lookup', { key, flags, namespace: NAMESPACE }));
      expect({ key, flags, result }).toEqual({ key, flags, result: error ? error.name : { val: byHash(val, hash) } });
    }
  }

  test('every blob of the last root is in the backing store', async () => {
    const { rootref } = await new Kvs(flux, { namespace: NAMESPACE }).getroot();
    await new Content(flux).flush();
    const blob = await new Content(flux, { bypassCache: true }).load(rootref);
    expect(blobrefOf(blob, hash)).toBe(vectors.empty_dir[hash]);
  });
});

function byHash(value: unknown, hash: keyof ByHash<unknown>): unknown {
  const choices = value as Partial<ByHash<unknown>>;
  return typeof value === 'object' && value !== null && Object.keys(value).sort().join() === 'sha1,sha256' ? choices[hash] : value;
}

async function outcomeOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    return await promise;
  } catch (e) {
    if (e instanceof FluxError) return e.code;
    throw e;
  }
}
