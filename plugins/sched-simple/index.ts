import { defineModule, FluxError, jobIdFromJson, NO_RESPONSE, type Request } from 'flux';
import { unpack } from 'flux/internal';
import { DebugFlags } from './debug';
import { readOptions } from './options';
import { Scheduler } from './scheduler';

/**
 * The default scheduler (contract: resource-sched.md, 7): one queue, first in first out by priority. `flux module load` returns at once, since
 * resources may be known only when more brokers are online.
 */
export default defineModule({
  name: 'sched-simple',
  api: 1,
  reads: [],
  services: ['sched'],
  methods: {
    'sched.alloc': 'owner',
    'sched.free': 'owner',
    'sched.cancel': 'owner',
    'sched.prioritize': 'owner',
    'sched.disconnect': 'owner',
    'sched.resource-status': 'user',
    'sched.feasibility': 'user',
    'resource-status': 'user',
    feasibility: 'user',
    debug: 'owner',
  },
  async main(m) {
    const scheduler = new Scheduler(m, readOptions(m), new DebugFlags(m));
    const started = scheduler.start();
    m.defer(() => scheduler.close());

    m.serve('sched.alloc', async (_, request) => {
      await started;
      const { id, priority, jobspec } = unpack(request, { id: 'I', priority: 'i', userid: 'i', t_submit: 'f', jobspec: 'o' });
      scheduler.alloc(request, { id: BigInt.asUintN(64, id), priority }, jobspec);
      return NO_RESPONSE;
    });
    m.serve('sched.free', async (_, request) => {
      await started;
      return scheduler.free(idIn(request));
    });
    m.serve('sched.cancel', async (_, request) => {
      await started;
      scheduler.cancel(idIn(request));
      return NO_RESPONSE;
    });
    m.serve('sched.prioritize', async (_, request) => {
      await started;
      scheduler.prioritize(prioritiesIn(request));
      return NO_RESPONSE;
    });
    m.serve('sched.disconnect', (_, request) => {
      scheduler.disconnect(request.sender);
      return NO_RESPONSE;
    });
    await m.subscribe('job-manager.hello', async () => {
      await started;
      await scheduler.rejoin();
    });
    await m.subscribe('resource.hello', async () => {
      await started;
      await scheduler.reacquire();
    });
    for (const prefix of ['sched.', '']) {
      m.serve(`${prefix}resource-status`, async () => {
        await started;
        return scheduler.status();
      });
      m.serve(`${prefix}feasibility`, async (_, request) => {
        await started;
        unpack(request, { jobspec: 'o' });
        scheduler.feasible(request.exactJson()['jobspec']);
        return { errnum: 0 };
      });
    }

    m.running();
    await started;
  },
});

function idIn(request: Request): bigint {
  return BigInt.asUintN(64, unpack(request, { id: 'I' }).id);
}

function prioritiesIn(request: Request): Map<bigint, number> {
  return new Map(
    unpack(request, { jobs: 'a' }).jobs.map((entry) => {
      if (!Array.isArray(entry) || entry.length !== 2 || typeof entry[1] !== 'number') throw new FluxError('EPROTO');
      return [jobIdFromJson(entry[0]), entry[1]];
    }),
  );
}
