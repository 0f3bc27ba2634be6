import { type Flux, jobKvsKey } from 'flux';

/** Raw value of a key of the primary namespace. ENOENT, EISDIR … as the KVS says. */
export async function lookupText(flux: Flux, key: string): Promise<string> {
  const { val } = await flux.rpc<{ val: { data: string } }>('kvs.lookup', { key, namespace: 'primary', flags: 0 });
  return Buffer.from(val.data, 'base64').toString('utf8');
}

/** Raw values of keys of a job's directory: all, or the first failure. */
export async function lookupKeys(flux: Flux, id: bigint, keys: readonly string[]): Promise<Record<string, string>> {
  const values = await Promise.all(keys.map(async (key) => [key, await lookupText(flux, jobKvsKey(id, key))] as const));
  return Object.fromEntries(values);
}
