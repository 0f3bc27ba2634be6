import * as flux from 'flux';
import { defineModule, jobManager } from 'flux';
import * as internal from 'flux/internal';
import { Manager } from './manager';
import { admin } from './methods/admin';
import { ofJob } from './methods/job';
import { plugins } from './methods/jobtap';
import { killing } from './methods/kill';
import { listing } from './methods/list';
import { raising } from './methods/raise';
import { services } from './methods/services';
import { waiting } from './methods/waiting';

/** The job manager: the state of every job, and what happens to it next (flux-jobtap-plugins(7)). Runs on rank 0. */
export default defineModule({
  serves: jobManager,
  api: 1,
  reads: ['job-manager.plugins', 'job-manager.events_maxlen'],
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
    await manager.start();
    m.defer(() => manager.stop());
    return {
      ...waiting(manager),
      ...listing(manager),
      ...raising(manager),
      ...killing(manager),
      ...ofJob(manager),
      ...admin(manager),
      ...services(manager),
      ...plugins(manager),
      getinfo: () => ({ max_jobid: manager.table.maxId }),
      statsGet: () => ({ journal: { listeners: manager.journal.listeners } }),
    };
  },
});
