import { type Flux, jobKvsKey, Kvs } from 'flux';
import { Rlist } from 'flux/internal';

/** Reads the R of a job from the KVS. @throws FluxError ENOENT, EINVAL */
export async function loadR(flux: Flux, id: bigint): Promise<Rlist> {
  return Rlist.fromR(await new Kvs(flux).getText(jobKvsKey(id, 'R')));
}

/** Writes the R of a job to the KVS; resolves when it is committed. */
export async function storeR(flux: Flux, id: bigint, r: Rlist): Promise<void> {
  await new Kvs(flux).put(jobKvsKey(id, 'R'), r.encode());
}
