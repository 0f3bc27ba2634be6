import { Content, defineModule, type Flux, FluxError, isBlobref, isErrno, type Request, unpack } from 'flux';
import { BlobCache } from './blob-cache';
import { FollowerStore } from './follower-store';
import { LeaderStore } from './leader-store';
import { readSettings } from './settings';
import type { ContentStore } from './store';

/** Milliseconds between purges when there is no heartbeat. */
const PURGE_INTERVAL = 10_000;

/** The content service of every rank: a cache of blobs, over the backing store on rank 0, over the parent's cache elsewhere (contract/content.md). */
export default defineModule({
  name: 'content',
  api: 1,
  async main(m) {
    const { flux, log } = m;
    const settings = await readSettings(flux);
    const cache = new BlobCache(() => performance.now());
    const isLeader = (await flux.rank()) === 0;
    const leader = isLeader ? new LeaderStore(cache, settings, (e) => log.err(`content store: ${e.message}`), borrowing(flux)) : undefined;
    const store: ContentStore = leader ?? new FollowerStore(cache, new Content(flux, { upstream: true }), settings);
    const registration = new Registration(flux, leader, log.debug, log.err);

    const anyone = { roles: ['owner', 'user'] } as const;
    m.serveRaw('content.load', anyone, async (request) => request.respond(await store.load(blobrefOfRequest(request))));
    m.serveRaw('content.store', anyone, async (request) => request.respond(await store.store(request.bytes)));
    m.serve('flush', {}, () => store.flush());
    m.serve('dropcache', {}, () => {
      const total = cache.stats.count;
      log.debug(`content dropcache ${cache.drop()}/${total}`);
    });
    m.serve('stats.get', {}, () => store.stats);
    m.serve('register-backing', {}, (_, request) => registration.register(unpack(request, { name: 's' }).name));
    m.serve('unregister-backing', {}, () => registration.unregister());
    for (const method of ['ping', 'stats.clear'])
      m.serve(method, { roles: ['any'] }, () => {
        throw new FluxError('ENOSYS', 'Unknown service method'); // other modules have these
      });

    const purge = async () => {
      Object.assign(settings, await readSettings(flux));
      cache.purge(settings.purgeTargetSize, settings.purgeOldEntry);
    };
    let lastPurge = performance.now();
    await m.subscribe('heartbeat.pulse', () => {
      lastPurge = performance.now();
      return purge();
    });
    m.every(PURGE_INTERVAL, () => (performance.now() - lastPurge >= PURGE_INTERVAL ? purge() : undefined));
  },
});

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

/** Which backing store there is (contract: content.md, 2.4). The first name to register is the only one that may, as long as the broker lives. */
class Registration {
  readonly #flux: Flux;
  readonly #leader: LeaderStore | undefined;
  readonly #debug: (text: string) => void;
  readonly #err: (text: string) => void;
  #name: string | undefined;

  constructor(flux: Flux, leader: LeaderStore | undefined, debug: (text: string) => void, err: (text: string) => void) {
    this.#flux = flux;
    this.#leader = leader;
    this.#debug = debug;
    this.#err = err;
  }

  async register(name: string): Promise<void> {
    if (!this.#leader) throw new FluxError('EINVAL', 'content backing store can only be registered on rank 0');
    if (this.#leader.backed) throw new FluxError('EBUSY', 'content backing store is already active');
    if ((await this.#fixedName(name)) !== name) throw new FluxError('EINVAL', 'content backing store cannot be changed on the fly');
    this.#debug(`content backing store: enabled ${name}`);
    this.#leader.setBacking(new Content(this.#flux, { bypassCache: true }));
  }

  unregister(): void {
    if (!this.#leader?.backed) throw new FluxError('EINVAL', 'content backing store is not active');
    const dirty = this.#leader.setBacking(undefined);
    this.#debug('content backing store: disabled');
    if (dirty > 0) this.#err(`${dirty} unflushables`);
  }

  /** The name that may register: that of attribute content.backing-module, else the first that does. */
  async #fixedName(name: string): Promise<string> {
    this.#name ??= await this.#presetName();
    this.#name ??= name;
    return this.#name;
  }

  async #presetName(): Promise<string | undefined> {
    try {
      return await this.#flux.getattr('content.backing-module');
    } catch (e) {
      if (isErrno(e, 'ENOENT')) return undefined;
      throw e;
    }
  }
}
