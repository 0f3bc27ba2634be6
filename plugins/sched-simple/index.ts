import { defineModule, jobManager, NO_RESPONSE, resource, sched, schedSimple } from 'flux';
import { DebugFlags } from './debug';
import { options } from './options';
import { Scheduler } from './scheduler';

/**
 * The default scheduler (docs/protocol/resource-sched.md §7): one queue, first in first out by priority. `flux module load` returns at once, since
 * resources may be known only when more brokers are online.
 */
export default defineModule({
  serves: [schedSimple, sched],
  api: 1,
  reads: [],
  args: options,
  async main(m) {
    const debug = new DebugFlags();
    const scheduler = new Scheduler(m, m.options, debug);
    const started = scheduler.start();
    started.catch((e) => m.stop(e));
    m.defer(() => scheduler.close());
    await m.subscribe(jobManager.hello, async () => {
      await started;
      await scheduler.rejoin();
    });
    await m.subscribe(resource.hello, async () => {
      await started;
      await scheduler.reacquire();
    });

    const resourceStatus = async () => {
      await started;
      return scheduler.status();
    };
    const feasibility = async ({ jobspec }: { jobspec: object }) => {
      await started;
      scheduler.feasible(jobspec);
      return { errnum: 0 };
    };
    return [
      { debug: ({ op, flags }) => ({ flags: debug.apply(op, flags) }), resourceStatus, feasibility },
      {
        alloc: async ({ id, priority, jobspec }, request): Promise<typeof NO_RESPONSE> => {
          await started;
          scheduler.alloc(request, { id, priority }, jobspec);
          return NO_RESPONSE;
        },
        free: async ({ id }) => {
          await started;
          return scheduler.free(id);
        },
        cancel: async ({ id }) => {
          await started;
          scheduler.cancel(id);
        },
        prioritize: async ({ jobs }) => {
          await started;
          scheduler.prioritize(new Map(jobs));
        },
        disconnect: (_, request) => scheduler.disconnect(request.sender),
        resourceStatus,
        feasibility,
      },
    ];
  },
});
