import { Content, defineModule, FluxError, type ModuleContext, type Request, toFluxError } from 'flux';
import { isBlobHash, unpack } from 'flux/internal';
import { Follower } from './follower';
import type { Leader } from './leader/leader';
import { type StartedLeader, startLeader } from './leader/start';
import { ObjectCache } from './object-cache';
import { KvsService } from './service';

/** Milliseconds between ticks at least, and at most when there is no heartbeat. */
const TICK_MIN = 1000;
const TICK_MAX = 30_000;

/**
 * The key-value store (contract/kvs.md, flux-kvs(1)): namespaces of keys in a hash tree, whose directories and values are blobs of the content
 * store. Rank 0 runs the transactions; every rank answers lookups.
 */
export default defineModule({
  name: 'kvs',
  api: 1,
  reads: [],
  methods: {
    lookup: 'user',
    'lookup-plus': 'user',
    commit: 'user',
    fence: 'user',
    getroot: 'user',
    sync: 'user',
    'setroot-pause': 'user',
    'setroot-unpause': 'user',
    disconnect: 'user',
    'namespace-create': 'owner',
    'namespace-remove': 'owner',
    'namespace-list': 'owner',
    dropcache: 'owner',
    'stats.get': 'owner',
    'stats.clear': 'owner',
    relaycommit: 'owner',
    relayfence: 'owner',
    'kvs.expose': 'owner',
    'kvs.lend': 'owner',
  },
  async main(m) {
    const { flux } = m;
    const rank = await flux.rank();
    const content = new Content(flux);
    const hash = await flux.getattr('content.hash');
    if (!isBlobHash(hash)) throw new FluxError('EINVAL', `${hash}: unknown hash type`);
    const cache = new ObjectCache(content, hash, () => performance.now());
    const merge = mergeOption(m);
    const started = rank === 0 ? await startLeader(m, { cache, content, merge, owner: await brokerUserid(m) }) : undefined;
    const roots = started?.leader ?? new Follower(flux);
    const service = new KvsService({ rank, cache, roots, log: m.log, unsaved: unsavedOf(started) });
    m.defer(async () => {
      await started?.end();
      service.end();
    });

    m.serve('lookup', (_, request) => service.lookup(request));
    m.serve('lookup-plus', (_, request) => service.lookupPlus(request));
    m.serve('commit', (_, request) => service.commit(request));
    m.serve('fence', (_, request) => service.fence(request));
    m.serve('getroot', (_, request) => service.getroot(request));
    m.serve('sync', (_, request) => service.sync(request));
    m.serve('setroot-pause', (_, request) => service.pause(request));
    m.serve('setroot-unpause', (_, request) => service.resume(request));
    m.serve('disconnect', (_, request) => service.disconnect(request));
    m.serve('namespace-list', () => service.list());
    m.serve('dropcache', () => service.dropcache());
    m.serve('stats.get', () => service.stats());
    m.serve('stats.clear', () => service.clearStats());
    if (started) serveLeader(m, started.leader);
    m.serveRaw('kvs.expose', (request) => roots.expose(request.text()));
    m.serveRaw('kvs.lend', (request) => {
      const blob = started?.writer.lend(request.text());
      if (!blob) throw new FluxError('ENOENT');
      request.respond(blob);
    });

    await m.subscribe('kvs.dropcache', () => (service.holdsNamespace ? service.dropcache() : undefined));
    await m.subscribe('kvs.stats.clear', () => (service.holdsNamespace ? service.clearStats() : undefined));
    await startTicking(m, () => service.tick());
  },
});

/** Followers have nothing that the content store hasn't. */
function unsavedOf(started: StartedLeader | undefined) {
  if (!started) return { has: () => false, count: () => 0, save: async () => {} };
  const { writer, leader } = started;
  return {
    has: (ref: string) => writer.has(ref),
    count: () => writer.count(leader.heads()),
    save: async () => void (await Promise.all([...leader.heads()].map((ref) => writer.save(ref)))),
  };
}

function serveLeader(m: ModuleContext, leader: Leader): void {
  m.serve('relaycommit', (_, request) => {
    const { namespace, ...part } = unpack(request, { ops: 'a', name: 's', namespace: 's', flags: 'i' });
    relayed(leader, namespace, part.name, request, () => leader.relayCommit(namespace, part));
  });
  m.serve('relayfence', (_, request) => {
    const { namespace, ...part } = unpack(request, { ops: 'a', name: 's', namespace: 's', flags: 'i', nprocs: 'i' });
    relayed(leader, namespace, part.name, request, () => leader.relayFence(namespace, part));
  });
  m.serve('namespace-create', async (_, request) => {
    const { namespace, rootref, owner, flags } = unpack(request, { namespace: 's', rootref: 's', owner: 'i', flags: 'i' });
    leader.create(namespace, owner === -1 ? await brokerUserid(m) : owner >>> 0, rootref, flags);
  });
  m.serve('namespace-remove', (_, request: Request) => leader.remove(unpack(request, { namespace: 's' }).namespace));
}

/** Followers of flux-core want no response: what can't even be queued fails for them through the error event. */
function relayed(leader: Leader, namespace: string, name: string, request: Request, queue: () => void): void {
  try {
    queue();
  } catch (e) {
    if (!request.noresponse) throw e;
    leader.publishError(namespace, [name], toFluxError(e));
  }
}

async function brokerUserid(m: ModuleContext): Promise<number> {
  return Number(await m.flux.getattr('security.owner'));
}

/** transaction-merge=0 turns merging off (contract: kvs.md, 7.3). */
function mergeOption({ args, log }: ModuleContext): boolean {
  let merge = true;
  for (const arg of args) {
    const value = /^transaction-merge=(.*)$/s.exec(arg)?.[1];
    if (value === undefined) log.err(`Unknown option \`${arg}'`);
    else merge = Number.parseInt(value, 10) !== 0;
  }
  return merge;
}

/** Calls tick on heartbeats, though not more than once a second, and now and then if there are none. */
async function startTicking(m: ModuleContext, tick: () => void): Promise<void> {
  let last = performance.now();
  const atLeast = (ms: number) => () => {
    if (performance.now() - last < ms) return;
    last = performance.now();
    tick();
  };
  await m.subscribe('heartbeat.pulse', atLeast(TICK_MIN));
  m.every(TICK_MAX, atLeast(TICK_MAX));
}
