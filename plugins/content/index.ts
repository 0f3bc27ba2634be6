import { Content, defineModule, type Flux, FluxError, isBlobref, isErrno, type Request } from 'flux';
import { isContentDurability, unpack } from 'flux/internal';
import { BlobCache } from './blob-cache';
import { Registration } from './registration';
import { readSettings } from './settings';
import { ContentStore } from './store';
import type { Upstream } from './upstream';

/** Milliseconds between purges when there is no heartbeat. */
const PURGE_INTERVAL = 10_000;

/** The content service of every rank: a cache of blobs, over the backing store on rank 0, over the parent's cache elsewhere (contract/content.md). */
export default defineModule({
  name: 'content',
  api: 1,
  reads: [],
  methods: {
    'content.load': 'user',
    'content.store': 'user',
    flush: 'owner',
    dropcache: 'owner',
    'stats.get': 'owner',
    'register-backing': 'owner',
    'unregister-backing': 'owner',
  },
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

    m.serveRaw('content.load', async (request) => request.respond(await store.load(blobrefOfRequest(request))));
    m.serveRaw('content.store', async (request) => request.respond(await store.store(request.bytes)));
    m.serve('flush', async () => {
      await refresh();
      await store.flush();
    });
    m.serve('dropcache', () => {
      const total = store.stats.count;
      log.debug(`content dropcache ${cache.drop()}/${total}`);
    });
    m.serve('stats.get', () => store.stats);
    m.serve('register-backing', async (_, request) => {
      const { name, durability } = unpack(request, { name: 's', durability: 's?' });
      if (durability !== undefined && !isContentDurability(durability)) throw new FluxError('EPROTO');
      await refresh();
      await registration.register(name, durability);
    });
    m.serve('unregister-backing', () => registration.unregister());

    const purge = async () => {
      await refresh();
      cache.purge(settings.purgeTargetSize, settings.purgeOldEntry);
      if (isLeader) store.retry();
      for (const [name, value] of Object.entries(store.stats)) m.gauge(`content-cache.${name}`, value);
    };
    let lastPurge = performance.now();
    await m.subscribe('heartbeat.pulse', () => {
      lastPurge = performance.now();
      return purge();
    });
    m.every(PURGE_INTERVAL, () => (performance.now() - lastPurge >= PURGE_INTERVAL ? purge() : undefined));
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
      return (await flux.rpcMessage('kvs.lend', ref, { nodeid: 0 })).bytes;
    } catch (e) {
      if (isErrno(e, 'ENOSYS') || isErrno(e, 'ENOENT')) return undefined;
      throw e;
    }
  };
}

/** EPROTO: no string; EINVAL: no blobref. */
function blobrefOfRequest(request: Request): string {
  const ref = request.text();
  if (!isBlobref(ref)) throw new FluxError('EINVAL');
  return ref;
}
