import { FluxError, isErrno, NO_RESPONSE, type Request } from 'flux';
import { unpack } from 'flux/internal';
import type { Manager } from '../manager';
import { jobId } from './target';

/** `sched-ready`: the scheduler takes requests, a limited number of them at a time or any number. */
export function schedReady({ alloc }: Manager, request: Request): { count: number } {
  const { mode, limit } = unpack(request, { mode: 's', limit: 'i?' });
  if (mode !== 'unlimited' && (mode !== 'limited' || limit === undefined || limit <= 0)) throw new FluxError('EPROTO');
  return { count: alloc.ready(request.sender, mode === 'limited' ? limit! : 0) };
}

/** `exec-hello`: the service that starts jobs introduces itself. */
export function execHello({ exec }: Manager, request: Request): void {
  exec.hello(unpack(request, { service: 's' }).service, request.sender);
}

/** `wait`: answered when the job, or any waitable one, is inactive. */
export function wait({ waits }: Manager, request: Request): typeof NO_RESPONSE {
  waits.wait(request, waitId(request));
  return NO_RESPONSE;
}

function waitId(request: Request): bigint {
  try {
    return jobId(unpack(request, { id: 'I' }).id);
  } catch (e) {
    throw isErrno(e, 'EPROTO') ? new FluxError('EPROTO', 'malformed wait request') : e;
  }
}

/** `events-journal-cancel`: no response; the stream ends with ENODATA. */
export function cancelJournal({ journal }: Manager, request: Request): typeof NO_RESPONSE {
  journal.cancel(request.sender, unpack(request, { matchtag: 'i' }).matchtag);
  return NO_RESPONSE;
}
