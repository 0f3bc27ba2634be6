import { endedBySignal, exitCode, exitedNormally, JobResult, terminatingSignal } from 'flux';
import { strsignal } from 'flux/internal';
import type { Job } from './job';

/** How a job in CLEANUP or INACTIVE ended (docs/protocol/job-manager.md §6.1). */
export function jobResult(job: Job): JobResult {
  const end = job.endEvent;
  if (end?.name === 'finish') return Number(end.context?.['status']) === 0 ? JobResult.COMPLETED : JobResult.FAILED;
  const type = end?.context?.['type'];
  if (type === 'cancel') return JobResult.CANCELED;
  return type === 'timeout' ? JobResult.TIMEOUT : JobResult.FAILED;
}

/** What `job-manager.wait` answers for an inactive job (docs/protocol/job-manager.md §9). */
export function waitOutcome(job: Job): { success: boolean; errstr: string } {
  const { name, context } = job.endEvent ?? { name: '', context: undefined };
  if (name !== 'finish') {
    const { type = '', note = '' } = context ?? {};
    return { success: false, errstr: `Fatal exception type=${String(type)} ${String(note)}` };
  }
  const status = Number(context?.['status']);
  if (exitedNormally(status)) return { success: exitCode(status) === 0, errstr: `task(s) exited with exit code ${exitCode(status)}` };
  if (endedBySignal(status)) return { success: false, errstr: `task(s) ${strsignal(terminatingSignal(status))}` };
  return { success: false, errstr: `unexpected wait(2) status ${status}` };
}
