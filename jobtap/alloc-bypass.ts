import { decodeEventlog, decodeR, defineJobtap, encodeR, errorText, isJsonObject, JobState, type JobtapJob, jobKvsKey, Kvs } from 'flux';

/**
 * Jobs of the instance owner that bring their own R, `attributes.system.alloc-bypass.R`, and run on it without the scheduler being asked
 * (docs/protocol/jobtap.md §5.2).
 */
export default defineJobtap({
  name: 'alloc-bypass',
  api: 1,
  setup(p) {
    const kvs = new Kvs(p.flux);
    const allocated = p.jobData<true>();

    p.on('job.validate', async (job, call) => {
      const R = bypassOf(job, (text) => call.reject(`invalid system.alloc-bypass.R: ${text}`));
      if (R === undefined) return;
      if (job.userid !== Number(await p.flux.getattr('security.owner'))) call.reject('Guest user cannot use alloc bypass');
      try {
        checkR(R);
      } catch (e) {
        call.reject(`alloc-bypass: invalid R: ${errorText(e)}`);
      }
    });

    p.on('job.state.sched', (job) => {
      const R = bypassOf(job, () => undefined);
      if (R === undefined) return;
      p.setFlag(job, 'alloc-bypass');
      void allocate(job.id, R);
    });

    p.on('job.state.cleanup', (job) => {
      if (allocated.get(job)) p.postEvent(job, 'free');
    });

    p.on('job.new', (job) => {
      if (job.state >= JobState.RUN && bypassOf(job, () => undefined) !== undefined)
        recall(job.id).catch((e: unknown) => p.log.err(`${job.id}: ${errorText(e)}`));
    });

    /** A job was there before this plugin: its eventlog tells whether it runs on the R it brought. */
    async function recall(id: bigint): Promise<void> {
      const events = decodeEventlog(await kvs.getText(jobKvsKey(id, 'eventlog')));
      const bypassed = events.some(({ name, context }) => name === 'alloc' && context?.['bypass'] === true);
      if (!bypassed || events.some(({ name }) => name === 'free')) return;
      ifActive(id, () => {
        allocated.set(id, true);
        if (p.lookup(id).state === JobState.CLEANUP) p.postEvent(id, 'free');
      });
    }

    async function allocate(id: bigint, R: unknown): Promise<void> {
      try {
        await kvs.putJson(jobKvsKey(id, 'R'), encodeR(decodeR(R)));
      } catch (e) {
        ifActive(id, () => p.raiseException(id, 'alloc', 0, `failed to commit R to kvs: ${errorText(e)}`));
        return;
      }
      ifActive(id, () => {
        try {
          allocated.set(id, true);
          p.postEvent(id, 'alloc', { bypass: true });
        } catch (e) {
          allocated.delete(id);
          p.raiseException(id, 'alloc', 0, `failed to post alloc event: ${errorText(e)}`);
        }
      });
    }

    /** A job may have been cancelled while its R was written. */
    function ifActive(id: bigint, act: () => void): void {
      try {
        p.lookup(id);
      } catch {
        return;
      }
      act();
    }
  },
});

/** The R that a jobspec brings, undefined if none; `malformed` is told of one that can't be read. */
function bypassOf(job: JobtapJob, malformed: (text: string) => undefined): unknown {
  const { attributes } = job.jobspec;
  const system = isJsonObject(attributes) ? attributes['system'] : undefined;
  const bypass = isJsonObject(system) ? system['alloc-bypass'] : undefined;
  if (bypass === undefined) return undefined;
  return isJsonObject(bypass) ? bypass['R'] : malformed('Expected object');
}

function checkR(value: unknown): void {
  if (decodeR(value).ranks.length === 0) throw new Error('no ranks in R_lite');
}
