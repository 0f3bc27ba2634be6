import { defineModule, FluxError, type Handlers, type ModuleContext, resource } from 'flux';
import { ResourceFollower } from './follower';
import { ResourceLeader } from './leader';
import { args, config, type ResourceConf, settingsOf } from './settings';

type ResourceHandlers = Handlers<typeof resource>;

/**
 * What resources the instance has, and which of them can be used: online, drained, excluded (flux-resource(1), flux-config-resource(5),
 * docs/protocol/resource-sched.md §6). Rank 0 keeps the state; other ranks tell what they have, and verify it.
 */
export default defineModule({
  serves: resource,
  api: 1,
  config,
  args,
  async main(m) {
    const [rank, size, descendants] = await Promise.all([m.flux.rank(), m.flux.size(), m.flux.getattr('tbon.descendants')]);
    const options = { rank, size, descendants: Number(descendants), settings: settingsOf(m) };
    return rank === 0 ? lead(m, new ResourceLeader(m, options)) : follow(m, new ResourceFollower(m, options));
  },
});

type Context = Pick<ModuleContext<ResourceConf>, 'on'>;

async function lead(m: Context, leader: ResourceLeader): Promise<ResourceHandlers> {
  m.on('config-reload', (conf) => leader.configure(conf));
  await leader.start();
  return {
    ...everywhere(leader),
    status: () => leader.status(),
    drain: ({ targets, reason }) => leader.drain(targets, reason),
    undrain: ({ targets }) => leader.undrain(targets),
    acquire: (_, request) => leader.acquire(request),
    acquireCancel: ({ matchtag }, request) => leader.cancelAcquire(request, matchtag),
    disconnect: (_, request) => leader.disconnect(request),
    getXml: (_, request) => leader.getXml(request),
    reload: (wanted) => leader.reload(wanted),
    monitorWaitup: ({ up }, request) => leader.waitUp(request, up),
  };
}

async function follow(m: Context, follower: ResourceFollower): Promise<ResourceHandlers> {
  const onlyOnLeader = () => {
    throw new FluxError('EPROTO', 'this RPC only works on rank 0');
  };
  m.on('config-reload', (conf) => follower.configure(conf));
  await follower.start();
  return {
    ...everywhere(follower),
    drain: undefined,
    undrain: undefined,
    acquire: undefined,
    acquireCancel: undefined,
    disconnect: undefined,
    status: onlyOnLeader,
    getXml: onlyOnLeader,
    monitorWaitup: onlyOnLeader,
    reload: () => {
      throw new FluxError('ENOSYS', 'resource.reload is only available on rank 0');
    },
  };
}

function everywhere({
  inventory,
  local,
  reduction,
}: ResourceLeader | ResourceFollower): Pick<ResourceHandlers, 'get' | 'topoGet' | 'topoReduce'> {
  return {
    get: () => ({ R: inventory.payload, method: inventory.require().method }),
    topoGet: () => local.xml,
    topoReduce: (reported) => reduction.receive(reported),
  };
}
