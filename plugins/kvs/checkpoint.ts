import { errorText, type Flux, FluxError, isBlobref, isErrno, kvsCheckpoint, type Log } from 'flux';

const KEY = 'kvs-primary';

/** What the backing store knows of the primary namespace. */
export interface Checkpoint {
  /** There is a backing store. */
  backed: boolean;
  /** The root that was saved last; undefined if there is none that can be used. */
  rootref: string | undefined;
}

/** The root of the primary namespace that was saved (docs/protocol/kvs.md §7.3). */
export async function loadCheckpoint(flux: Flux, log: Log): Promise<Checkpoint> {
  try {
    const { value } = await flux.call(kvsCheckpoint.get, { key: KEY }, { nodeid: 0 });
    if (!isBlobref(value)) throw new FluxError('EINVAL', `checkpoint ${KEY} is no blobref`);
    log.info(`restored ${KEY} from checkpoint`);
    return { backed: true, rootref: value };
  } catch (e) {
    const backed = !isErrno(e, 'ENOSYS');
    if (backed && !isErrno(e, 'ENOENT')) log.err(`${kvsCheckpoint.get.topic}: ${errorText(e)}`);
    return { backed, rootref: undefined };
  }
}

/** Saves the root of the primary namespace, whose blobs must be in the backing store. ENOSYS: there is none. */
export async function putCheckpoint(flux: Flux, rootref: string): Promise<void> {
  await flux.call(kvsCheckpoint.put, { key: KEY, value: rootref }, { nodeid: 0 });
}
