import { type Flux, jobKvsKey, Kvs } from 'flux';

/** Raw values of keys of a job's directory: all, or the first failure. */
export async function lookupKeys(flux: Flux, id: bigint, keys: readonly string[]): Promise<Record<string, string>> {
  const kvs = new Kvs(flux);
  const values = await Promise.all(keys.map(async (key) => [key, await kvs.getText(jobKvsKey(id, key))] as const));
  return Object.fromEntries(values);
}
