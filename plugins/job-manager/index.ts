import * as flux from 'flux';
import { type AccessRole, defineModule, type MethodHandler, NO_RESPONSE, type Request } from 'flux';
import * as internal from 'flux/internal';
import { Manager } from './manager';
import { allocAdmin, submitAdmin } from './methods/admin';
import { getAttributes, memo, setUrgency } from './methods/job';
import { jobtapControl } from './methods/jobtap';
import { kill, killAll } from './methods/kill';
import { listJobs } from './methods/list';
import { raise, raiseAll } from './methods/raise';
import { cancelJournal, execHello, schedReady, wait } from './methods/services';

type Method = (manager: Manager, request: Request) => ReturnType<MethodHandler>;

/** Runs the job's side of a method that responds by itself. */
const keeping =
  (start: (manager: Manager, request: Request) => void): Method =>
  (manager, request) => {
    start(manager, request);
    return NO_RESPONSE;
  };

/** What answers each method, and who may call it besides the owner (contract: job-manager.md §4). */
const methods: readonly (readonly [name: string, role: AccessRole, method: Method])[] = [
  ['submit', 'owner', keeping(({ submissions }, request) => submissions.submit(request))],
  ['list', 'owner', listJobs],
  ['raise', 'user', raise],
  ['raiseall', 'user', raiseAll],
  ['kill', 'user', kill],
  ['killall', 'user', killAll],
  ['urgency', 'user', setUrgency],
  ['getattr', 'user', getAttributes],
  ['memo', 'user', memo],
  ['getinfo', 'user', ({ table }) => ({ max_jobid: table.maxId })],
  ['wait', 'owner', wait],
  ['drain', 'owner', keeping(({ drains }, request) => drains.drain(request))],
  ['idle', 'owner', keeping(({ drains }, request) => drains.idle(request))],
  ['submit-admin', 'owner', submitAdmin],
  ['alloc-admin', 'owner', allocAdmin],
  ['events-journal', 'owner', keeping(({ journal }, request) => journal.listen(request))],
  ['events-journal-cancel', 'owner', cancelJournal],
  ['sched-ready', 'owner', schedReady],
  ['exec-hello', 'owner', execHello],
  ['jobtap', 'owner', jobtapControl],
];

/** The job manager: the state of every job, and what happens to it next (flux-jobtap-plugins(7)). Runs on rank 0. */
export default defineModule({
  name: 'job-manager',
  api: 1,
  reads: ['job-manager.plugins', 'job-manager.events_maxlen'],
  methods: {
    ...Object.fromEntries(methods.map(([name, role]) => [name, role])),
    'sched-hello': 'owner',
    'stats.get': 'owner',
    disconnect: 'owner',
  },
  async main(m) {
    const modulePath = await m.flux.getattr('conf.module_path');
    const manager = new Manager({
      flux: m.flux,
      log: m.log,
      config: () => m.config,
      env: m.env,
      modulePath,
      reads: m.reads,
      guard: (code, onEscape) => m.guard(code, onEscape),
      library: { flux, 'flux/internal': internal },
      onError: (e) => m.stop(e),
    });
    for (const [name, , method] of methods) m.serve(name, (_payload, request) => method(manager, request) as object);
    m.serveStream('sched-hello', async function* () {
      yield* manager.alloc.hello();
    });
    m.serve('stats.get', () => ({ journal: { listeners: manager.journal.listeners } }));
    m.serve('disconnect', (_payload, request) => {
      manager.disconnect(request.sender);
      m.flux.dispatcher.disconnect(request.message);
      return NO_RESPONSE;
    });
    await manager.start();
    m.defer(() => manager.stop());
  },
});
