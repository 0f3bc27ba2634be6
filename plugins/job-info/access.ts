import { decodeEventlog, type Flux, FluxError, jobKvsKey, Kvs, type Request } from 'flux';

/** The owner may see every job, others those they have submitted. ENOENT: no such job; EPERM: not theirs; EINVAL: its eventlog is malformed. */
export async function checkAccess(flux: Flux, id: bigint, request: Request): Promise<void> {
  if (request.isOwner) return;
  const submit = decodeEventlog(await new Kvs(flux).getText(jobKvsKey(id, 'eventlog'))).find(({ name }) => name === 'submit');
  const userid = submit?.context?.['userid'];
  if (typeof userid !== 'number') throw new FluxError('EINVAL');
  if (userid !== request.userid) throw new FluxError('EPERM');
}
