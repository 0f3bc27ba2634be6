import type { Request, SchedulingStatus, SubmissionStatus } from 'flux';
import { unpack } from 'flux/internal';
import type { Manager } from '../manager';

/** `submit-admin`: turns submission on and off (`flux queue enable`, `disable`). */
export function submitAdmin({ submissions }: Manager, request: Request): SubmissionStatus {
  const { query_only, enable, reason } = unpack(request, { query_only: 'b', enable: 'b', reason: 's' });
  if (!query_only) enable ? submissions.enable() : submissions.disable(reason);
  return submissions.status;
}

/** `alloc-admin`: turns scheduling on and off (`flux queue start`, `stop`). */
export function allocAdmin({ alloc }: Manager, request: Request): SchedulingStatus {
  const { query_only, enable, reason } = unpack(request, { query_only: 'b', enable: 'b', reason: 's?' });
  if (!query_only) enable ? alloc.start() : alloc.stop(reason);
  return alloc.status();
}
