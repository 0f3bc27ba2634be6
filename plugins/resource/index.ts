import { defineModule, FluxError, type ModuleContext, NO_RESPONSE } from 'flux';
import { ResourceFollower } from './follower';
import { ResourceLeader } from './leader';
import { readReload } from './reload';
import { readSettings } from './settings';

/**
 * What resources the instance has, and which of them can be used: online, drained, excluded (flux-resource(1), flux-config-resource(5),
 * contract: resource-sched.md, 6). Rank 0 keeps the state; other ranks tell what they have, and verify it.
 */
export default defineModule({
  name: 'resource',
  api: 1,
  reads: ['resource'],
  methods: {
    status: 'owner',
    drain: 'owner',
    undrain: 'owner',
    acquire: 'owner',
    'acquire-cancel': 'owner',
    disconnect: 'owner',
    get: 'owner',
    'get-xml': 'owner',
    'topo-get': 'owner',
    'topo-reduce': 'owner',
    reload: 'owner',
    'monitor-waitup': 'owner',
  },
  async main(m) {
    const [rank, size, descendants] = await Promise.all([m.flux.rank(), m.flux.size(), m.flux.getattr('tbon.descendants')]);
    const options = { rank, size, descendants: Number(descendants), settings: readSettings(m) };
    if (rank === 0) await lead(m, new ResourceLeader(m, options));
    else await follow(m, new ResourceFollower(m, options));
  },
});

async function lead(m: ModuleContext, leader: ResourceLeader): Promise<void> {
  serveEverywhere(m, leader);
  m.serve('status', () => leader.status());
  m.serve('drain', (_, request) => leader.drain(request));
  m.serve('undrain', (_, request) => leader.undrain(request));
  m.serve('acquire', (_, request) => leader.acquire(request));
  m.serve('acquire-cancel', (_, request) => leader.cancelAcquire(request));
  m.serve('disconnect', (_, request) => leader.disconnect(request));
  m.serve('get-xml', (_, request) => leader.getXml(request));
  m.serve('reload', (_, request) => leader.reload(request));
  m.serve('monitor-waitup', (_, request) => leader.waitUp(request));
  await leader.start();
}

async function follow(m: ModuleContext, follower: ResourceFollower): Promise<void> {
  serveEverywhere(m, follower);
  const onlyOnLeader = () => {
    throw new FluxError('EPROTO', 'this RPC only works on rank 0');
  };
  for (const method of ['status', 'get-xml', 'monitor-waitup']) m.serve(method, onlyOnLeader);
  m.serve('reload', (_, request) => {
    readReload(request);
    throw new FluxError('ENOSYS', 'resource.reload is only available on rank 0');
  });
  await follower.start();
}

function serveEverywhere(m: ModuleContext, part: ResourceLeader | ResourceFollower): void {
  m.serve('get', () => ({ R: part.inventory.payload, method: part.inventory.require().method }));
  m.serve('topo-get', () => part.local.xml);
  m.serve('topo-reduce', (_, request) => {
    part.reduce(request);
    return NO_RESPONSE;
  });
  m.on('config-reload', (_, config) => part.configure(config));
}
