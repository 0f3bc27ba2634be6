import { type Flux, jobKvsKey } from 'flux';
import { createVal, Rlist } from 'flux/internal';

/** Reads the R of a job from the KVS. @throws FluxError ENOENT, EINVAL */
export async function loadR(flux: Flux, id: bigint): Promise<Rlist> {
  const { val } = await flux.rpc<{ val: { data: string } }>('kvs.lookup', { key: jobKvsKey(id, 'R'), namespace: 'primary', flags: 0 });
  return Rlist.fromR(Buffer.from(val.data, 'base64').toString('utf8'));
}

/** Writes the R of a job to the KVS; resolves when it is committed. */
export async function storeR(flux: Flux, id: bigint, r: Rlist): Promise<void> {
  const op = { key: jobKvsKey(id, 'R'), flags: 0, dirent: createVal(r.encode()) };
  await flux.rpc('kvs.commit', { namespace: 'primary', flags: 0, ops: [op] });
}
