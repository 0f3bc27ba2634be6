import { type BlobHash, FluxError } from '../../../core';
import { Directory } from '../../../plugins/kvs/tree/directory';
import { golden } from '../formats/golden';
import { MemoryStore } from './memory-store';

type ByHash<T> = { sha1: T; sha256: T };
interface Transaction {
  n: number;
  name: string;
  ops: unknown[] | ByHash<unknown[]>;
  fence?: { contributions: unknown[][] };
  error?: { name: string };
  rootseq: number;
  root: ByHash<string>;
  new_blobs?: ByHash<Record<string, { text: string } | { base64: string }>>;
}
interface Lookup {
  key: string;
  flags: number;
  error?: { name: string };
  val?: unknown;
}
interface Vectors {
  empty_dir: ByHash<string> & { stored: string };
  raw_blobs: { base64: string }[];
  transactions: Transaction[];
  lookups: Lookup[];
}

const vectors = golden<Vectors>('treeobj.json');
const LOOKUPS_AFTER = 55;

describe.each(['sha1', 'sha256'] as const)('the golden transactions with %s', (hash) => {
  const store = newStore(hash);
  for (const transaction of vectors.transactions) {
    test(`${transaction.n}: ${transaction.name}`, async () => {
      const before = store.roots.get('golden');
      const ops = transaction.fence ? transaction.fence.contributions.flat() : byHash<unknown[]>(transaction.ops, hash);
      const result = await outcomeOf(store.commit('golden', ops));
      if (transaction.error) {
        expect(result).toBe(transaction.error.name);
        expect(store.roots.get('golden')).toBe(before);
      } else expect(result).toBe(transaction.root[hash]);
      for (const [ref, blob] of Object.entries(transaction.new_blobs?.[hash] ?? {})) {
        expect(store.blobs.get(ref)).toEqual('text' in blob ? Buffer.from(blob.text) : Buffer.from(blob.base64, 'base64'));
      }
    });
    if (transaction.n === LOOKUPS_AFTER) {
      test.each(vectors.lookups)('lookup of $key with flags $flags', async ({ key, flags, error, val }) => {
        const result = await outcomeOf(store.lookup('golden', key, flags).then((found) => found ?? 'ENOENT'));
        expect(result).toEqual(error ? error.name : byHash(val, hash));
      });
    }
  }
});

function newStore(hash: BlobHash): MemoryStore {
  const store = new MemoryStore(hash);
  const empty = store.store(Directory.empty.encode());
  expect(empty).toBe(vectors.empty_dir[hash]);
  for (const namespace of ['golden', 'other']) store.roots.set(namespace, empty);
  for (const { base64 } of vectors.raw_blobs) store.store(Buffer.from(base64, 'base64'));
  return store;
}

function byHash<T>(value: unknown, hash: BlobHash): T {
  const choices = value as Partial<ByHash<T>>;
  return typeof value === 'object' && value !== null && Object.keys(value).sort().join() === 'sha1,sha256' ? choices[hash]! : (value as T);
}

async function outcomeOf<T>(promise: Promise<T>): Promise<T | string> {
  try {
    return await promise;
  } catch (e) {
    if (e instanceof FluxError) return e.code;
    throw e;
  }
}
