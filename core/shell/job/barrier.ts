import { lookupJob } from '../../client/job-info';
import { decodeEventlog } from '../../formats/eventlog';
import type { Flux } from '../../handle';
import { barrier } from '../../protocol/barrier';
import { jobInfo } from '../../protocol/job-info';
import { type FluxError, toFluxError } from '../../sys/errors';

/** How a barrier ended: all shells have entered, the job got an exception meanwhile, or the barrier itself failed. */
export type BarrierOutcome = { kind: 'complete' } | { kind: 'exception' } | { kind: 'failed'; error: FluxError };

/**
 * Waits until all `size` shells of a job have entered the barrier `shell-JOBID-NAME`, watching for exceptions of the job meanwhile
 * (docs/protocol/shell.md §5). A shell alone need not wait.
 */
export async function shellBarrier(flux: Flux, jobid: bigint, name: string, size: number): Promise<BarrierOutcome> {
  if (size === 1) return { kind: 'complete' };
  const watch = flux.open(jobInfo.eventlogWatch, { id: jobid, path: 'eventlog', flags: 0 });
  const entered = flux.call(barrier.enter, { name: `shell-${jobid}-${name}`, nprocs: size }).then(
    (): BarrierOutcome => ({ kind: 'complete' }),
    (e): BarrierOutcome => ({ kind: 'failed', error: toFluxError(e) }),
  );
  try {
    const outcome = await Promise.race([entered, exceptionIn(watch)]);
    // a barrier fails when one of its shells goes; if that is for an exception, it is the reason here, too
    return outcome.kind === 'failed' && (await hasException(flux, jobid)) ? { kind: 'exception' } : outcome;
  } finally {
    flux.tell(jobInfo.eventlogWatchCancel, { matchtag: watch.matchtag });
    void watch.return();
  }
}

/** Resolves when the log has an exception, whatever its severity; never if it has none. */
async function exceptionIn(events: AsyncIterable<{ event: string }>): Promise<BarrierOutcome> {
  try {
    for await (const { event } of events) if (tellsException(event)) return { kind: 'exception' };
  } catch {
    // without the watch the barrier still tells
  }
  return new Promise(() => {});
}

async function hasException(flux: Flux, jobid: bigint): Promise<boolean> {
  try {
    const { eventlog } = await lookupJob(flux, jobid, ['eventlog']);
    return tellsException(eventlog);
  } catch {
    return false; // then the barrier's failure is all there is to tell
  }
}

const tellsException = (entries: string): boolean => decodeEventlog(entries).some(({ name }) => name === 'exception');
