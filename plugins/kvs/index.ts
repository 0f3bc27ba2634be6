import { Content, defineModule, FluxError, type Handlers, heartbeat, kvs, type ModuleContext, type Request, t, toFluxError } from 'flux';
import { isBlobHash } from 'flux/internal';
import { Follower } from './follower';
import type { Leader } from './leader/leader';
import { type StartedLeader, startLeader } from './leader/start';
import { ObjectCache } from './object-cache';
import { KvsService } from './service';

/** Milliseconds between ticks at least, and at most when there is no heartbeat. */
const TICK_MIN = 1000;
const TICK_MAX = 30_000;

/**
 * The key-value store (docs/protocol/kvs.md, flux-kvs(1)): namespaces of keys in a hash tree, whose directories and values are blobs of the content
 * store. Rank 0 runs the transactions; every rank answers lookups.
 */
export default defineModule({
  serves: kvs,
  api: 1,
  reads: [],
  args: t.object(
    {
      /** Merge transactions: as an integer, where 0 turns it off (docs/protocol/kvs.md §7). */
      'transaction-merge': t.transform(t.string(), (text) => Number.parseInt(text, 10) !== 0, { default: true }),
    },
    { unknown: 'report', unknownText: (arg) => `Unknown option \`${arg}'` },
  ),
  async main(m) {
    const { flux } = m;
    const rank = await flux.rank();
    const content = new Content(flux);
    const hash = await flux.getattr('content.hash');
    if (!isBlobHash(hash)) throw new FluxError('EINVAL', `${hash}: unknown hash type`);
    const cache = new ObjectCache(content, hash, () => performance.now());
    const merge = m.options['transaction-merge'];
    const started = rank === 0 ? await startLeader(m, { cache, content, merge, owner: await brokerUserid(m) }) : undefined;
    const roots = started?.leader ?? new Follower(flux);
    const service = new KvsService({ rank, cache, roots, log: m.log, unsaved: unsavedOf(started) });
    m.defer(async () => {
      await started?.end();
      service.end();
    });

    await m.subscribe(kvs.dropcacheAll, () => (service.holdsNamespace ? service.dropcache() : undefined));
    await m.subscribe(kvs.statsClearAll, () => (service.holdsNamespace ? service.clearStats() : undefined));
    await startTicking(m, () => service.tick());

    return {
      lookup: (asked, request) => service.lookup(asked, request),
      lookupPlus: (asked, request) => service.lookupPlus(asked, request),
      commit: (part, request) => service.commit(part, request),
      fence: (part, request) => service.fence(part, request),
      getroot: ({ namespace }, request) => service.getroot(namespace, request),
      sync: ({ rootseq, namespace }, request) => service.sync(rootseq, namespace, request),
      setrootPause: ({ namespace }, request) => service.pause(namespace, request),
      setrootUnpause: ({ namespace }, request) => service.resume(namespace, request),
      disconnect: (_, request) => service.disconnect(request),
      namespaceList: () => service.list(),
      dropcache: () => service.dropcache(),
      statsGet: () => service.stats(),
      statsClear: () => service.clearStats(),
      ...leaderHandlers(m, started?.leader),
      expose: (ref) => roots.expose(ref),
      lend: (ref) => {
        const blob = started?.writer.lend(ref);
        if (!blob) throw new FluxError('ENOENT');
        return blob;
      },
    };
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

type LeaderHandlers = Pick<Handlers<typeof kvs>, 'relaycommit' | 'relayfence' | 'namespaceCreate' | 'namespaceRemove'>;

function leaderHandlers(m: ModuleContext, leader: Leader | undefined): LeaderHandlers {
  if (!leader) return { relaycommit: undefined, relayfence: undefined, namespaceCreate: undefined, namespaceRemove: undefined };
  return {
    relaycommit: ({ namespace, ...part }, request) =>
      relayed(leader, namespace, part.name, request, () => leader.relayCommit(namespace, part)),
    relayfence: ({ namespace, ...part }, request) =>
      relayed(leader, namespace, part.name, request, () => leader.relayFence(namespace, part)),
    namespaceCreate: async ({ namespace, rootref, owner, flags }) =>
      leader.create(namespace, owner === -1 ? await brokerUserid(m) : owner >>> 0, rootref, flags),
    namespaceRemove: ({ namespace }) => leader.remove(namespace),
  };
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

/** Calls tick on heartbeats, though not more than once a second, and now and then if there are none. */
async function startTicking(m: ModuleContext, tick: () => void): Promise<void> {
  let last = performance.now();
  const atLeast = (ms: number) => () => {
    if (performance.now() - last < ms) return;
    last = performance.now();
    tick();
  };
  await m.subscribe(heartbeat.pulse, atLeast(TICK_MIN));
  m.every(TICK_MAX, atLeast(TICK_MAX));
}
