import * as library from 'flux';
import { defineModule, type MethodHandler, NO_RESPONSE, type Request, type ServeOptions } from 'flux';
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

const USER: ServeOptions = { roles: ['user'] };
const OWNER: ServeOptions = {};

/** The service's methods, who may call them besides the owner, and what answers (contract: job-manager.md §4). */
const methods: readonly (readonly [name: string, options: ServeOptions, method: Method])[] = [
  ['submit', OWNER, keeping(({ submissions }, request) => submissions.submit(request))],
  ['list', OWNER, listJobs],
  ['raise', USER, raise],
  ['raiseall', USER, raiseAll],
  ['kill', USER, kill],
  ['killall', USER, killAll],
  ['urgency', USER, setUrgency],
  ['getattr', USER, getAttributes],
  ['memo', USER, memo],
  ['getinfo', USER, ({ table }) => ({ max_jobid: table.maxId })],
  ['wait', OWNER, wait],
  ['drain', OWNER, keeping(({ drains }, request) => drains.drain(request))],
  ['idle', OWNER, keeping(({ drains }, request) => drains.idle(request))],
  ['submit-admin', OWNER, submitAdmin],
  ['alloc-admin', OWNER, allocAdmin],
  ['events-journal', OWNER, keeping(({ journal }, request) => journal.listen(request))],
  ['events-journal-cancel', OWNER, cancelJournal],
  ['sched-ready', OWNER, schedReady],
  ['exec-hello', OWNER, execHello],
  ['jobtap', OWNER, jobtapControl],
];

/** The job manager: the state of every job, and what happens to it next (flux-jobtap-plugins(7)). Runs on rank 0. */
export default defineModule({
  name: 'job-manager',
  api: 1,
  async main(m) {
    const modulePath = await m.flux.getattr('conf.module_path');
    const manager = new Manager({
      flux: m.flux,
      log: m.log,
      config: () => m.config,
      env: m.env,
      modulePath,
      guard: (code, onEscape) => m.guard(code, onEscape),
      library,
      onError: (e) => m.stop(e),
    });
    for (const [name, options, method] of methods) m.serve(name, options, (_payload, request) => method(manager, request) as object);
    m.serveStream('sched-hello', OWNER, async function* () {
      yield* manager.alloc.hello();
    });
    m.serve('stats.get', OWNER, () => ({ journal: { listeners: manager.journal.listeners } }));
    m.serve('disconnect', {}, (_payload, request) => {
      manager.disconnect(request.sender);
      m.flux.dispatcher.disconnect(request.message);
      return NO_RESPONSE;
    });
    await manager.start();
    m.defer(() => manager.stop());
  },
});
