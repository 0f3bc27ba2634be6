import { FluxError, type Request } from 'flux';
import type { Job } from '../job';
import type { JobTable } from '../table';

/** The job of a per-job request: `unknown` if it is not active, `foreign` if the sender may not act on it. */
export function targetJob(table: JobTable, request: Request, id: bigint, errors: { unknown: FluxError; foreign: string }): Job {
  const job = table.lookup(id, errors.unknown);
  if (!request.authorizedFor(job.userid)) throw new FluxError('EPERM', errors.foreign);
  return job;
}

/** A userid of a request; undefined: all users, sent as -1 or 4294967295. */
export function useridOf(userid: number): number | undefined {
  return userid === -1 || userid === 0xffffffff ? undefined : userid;
}

/** For requests about the jobs of a user, or of all: EPERM unless the sender may. */
export function checkUser(request: Request, userid: number | undefined, text: string): void {
  if (!request.isOwner && userid !== request.userid) throw new FluxError('EPERM', text);
}
