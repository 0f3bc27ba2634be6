import { Content, content, defineModule, type Flux, FluxError, heartbeat, isBlobref, isErrno, kvs } from 'flux';
import { BlobCache } from './blob-cache';
import { Registration } from './registration';
import { readSettings } from './settings';
import { ContentStore } from './store';
import type { Upstream } from './upstream';

/** Milliseconds between purges when there is no heartbeat. */
const PURGE_INTERVAL = 10_000;

/**
 * The content service of every rank: a cache of blobs, over the backing store on rank 0, over the parent's cache elsewhere
 * (docs/protocol/content.md).
 */
export default defineModule({
  serves: content,
  api: 1,
  reads: [],
  async main(m) {
    const { flux, log } = m;
    const settings = await readSettings(flux);
    const refresh = async () => void Object.assign(settings, await readSettings(flux));
    const cache = new BlobCache(() => performance.now());
    const isLeader = (await flux.rank()) === 0;
    const store = new ContentStore({
      cache,
      settings,
      // elsewhere those who wait hear of a failed write, and the parent asks for what is lent
      ...(isLeader ? { onWriteError: (e) => log.err(`content store: ${e.message}`), borrow: borrowing(flux) } : {}),
    });
    if (!isLeader) store.connect(new Content(flux, { upstream: true }), 'write-through');
    const registration = await Registration.create(m, store, backingStore(flux));

    const purge = async () => {
      await refresh();
      cache.purge(settings.purgeTargetSize, settings.purgeOldEntry);
      if (isLeader) store.retry();
      for (const [name, value] of Object.entries(store.stats)) m.gauge(`content-cache.${name}`, value);
    };
    let lastPurge = performance.now();
    await m.subscribe(heartbeat.pulse, () => {
      lastPurge = performance.now();
      return purge();
    });
    m.every(PURGE_INTERVAL, () => (performance.now() - lastPurge >= PURGE_INTERVAL ? purge() : undefined));

    return {
      load: (ref) => store.load(checkedBlobref(ref)),
      store: (blob) => store.store(blob),
      flush: async () => {
        await refresh();
        await store.flush();
      },
      dropcache: () => {
        const total = store.stats.count;
        log.debug(`content dropcache ${cache.drop()}/${total}`);
      },
      statsGet: () => store.stats,
      registerBacking: async ({ name, durability }) => {
        await refresh();
        await registration.register(name, durability);
      },
      unregisterBacking: () => registration.unregister(),
    };
  },
});

/** The backing store as a cache sees it: while nobody serves it, it has nothing. */
function backingStore(flux: Flux): Upstream {
  const content = new Content(flux, { bypassCache: true });
  return {
    load: (ref) => content.load(ref).catch((e) => Promise.reject(isErrno(e, 'ENOSYS') ? new FluxError('ENOENT') : e)),
    store: (blob) => content.store(blob),
  };
}

/** The KVS keeps large directories back until they last; it lends them. */
function borrowing(flux: Flux): (ref: string) => Promise<Buffer | undefined> {
  return async (ref) => {
    try {
      return await flux.call(kvs.lend, ref, { nodeid: 0 });
    } catch (e) {
      if (isErrno(e, 'ENOSYS') || isErrno(e, 'ENOENT')) return undefined;
      throw e;
    }
  };
}

function checkedBlobref(ref: string): string {
  if (!isBlobref(ref)) throw new FluxError('EINVAL');
  return ref;
}
