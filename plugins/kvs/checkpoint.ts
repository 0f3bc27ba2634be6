import { type Content, type Flux, FluxError, isBlobref, isErrno, type Log } from 'flux';
import { Directory } from './tree/directory';

const KEY = 'kvs-primary';

/** The root of the primary namespace to start with: the one that was saved, else an empty directory (contract: kvs.md, 7.3). */
export async function firstRoot(flux: Flux, log: Log, empty: string): Promise<string> {
  try {
    const { value } = await flux.rpc<{ value: string }>('kvs-checkpoint.get', { key: KEY }, { nodeid: 0 });
    if (!isBlobref(value)) throw new FluxError('EINVAL', `checkpoint ${KEY} is no blobref`);
    log.info(`restored ${KEY} from checkpoint`);
    return value;
  } catch (e) {
    if (!isErrno(e, 'ENOSYS') && !isErrno(e, 'ENOENT')) log.err(`kvs-checkpoint.get: ${e instanceof Error ? e.message : String(e)}`);
    return empty;
  }
}

/** Saves the root of the primary namespace, when all its blobs are in the backing store. Without a backing store there is nothing to save. */
export async function saveRoot(flux: Flux, content: Content, rootref: string): Promise<void> {
  try {
    await content.flush();
    await flux.rpc('kvs-checkpoint.put', { key: KEY, value: rootref }, { nodeid: 0 });
  } catch (e) {
    if (!isErrno(e, 'ENOSYS')) throw e;
  }
}

/** Puts the empty directory, where every namespace begins, into the content store. EPROTO: the store goes by another hash. */
export async function storeEmptyDirectory(content: Content, expected: string): Promise<void> {
  const stored = await content.store(Directory.empty.encode());
  if (stored !== expected) throw new FluxError('EPROTO', `content store is of another hash: ${stored}`);
}
