import { FluxError, isJsonObject, JobState, type JsonObject, type Request, URGENCY } from 'flux';
import { unpack } from 'flux/internal';
import type { Manager } from '../manager';
import { exactMember } from '../wire';
import { targetJob } from './target';

const REPRIORITIZE = 'guests can only reprioritize their own jobs';
const unknownJob = () => new FluxError('EINVAL', 'unknown job');

/** `urgency`: sets it, and gives the old one. A priority follows from it (job-manager.md §6.4). */
export function setUrgency({ table, events }: Manager, request: Request): { old_urgency: number } {
  const { id, urgency } = unpack(request, { id: 'I', urgency: 'i' });
  if (urgency < URGENCY.hold || urgency > URGENCY.expedite) throw new FluxError('EINVAL', 'urgency value is out of range');
  const job = targetJob(table, request, id, { unknown: unknownJob(), foreign: REPRIORITIZE });
  if (!request.isOwner && urgency > Math.max(URGENCY.default, job.urgency))
    throw new FluxError('EPERM', 'guests can only adjust urgency <= default');
  if (job.state >= JobState.RUN) throw new FluxError('EINVAL', 'urgency cannot be changed once resources are allocated');
  const old_urgency = job.urgency;
  events.post(job, 'urgency', { userid: request.userid, urgency });
  return { old_urgency };
}

/** `getattr`: what job-exec and others need to know of a job; there is `jobspec`, without environment. */
export function getAttributes({ table }: Manager, request: Request): JsonObject {
  const { id, attrs } = unpack(request, { id: 'I', attrs: '*' });
  const job = targetJob(table, request, id, { unknown: unknownJob(), foreign: REPRIORITIZE });
  const values: JsonObject = {};
  for (const name of Array.isArray(attrs) ? attrs : []) {
    if (typeof name !== 'string') throw new FluxError('EPROTO', 'attribute list contains non-string');
    if (name !== 'jobspec') throw new FluxError('ENOENT', `unknown attr ${name}`);
    values['jobspec'] = job.jobspec;
  }
  return values;
}

/** `memo`: annotates a job in its user's name. A volatile memo is not in the eventlog. */
export function memo({ table, events }: Manager, request: Request): void {
  const { id, volatile = false } = unpack(request, { id: 'I', memo: '*', volatile: 'b?' });
  const context = exactMember(request.message, 'memo');
  const unknown = new FluxError('ENOENT', 'unknown job id');
  const job = targetJob(table, request, id, { unknown, foreign: 'guests can only add a memo to their own jobs' });
  if (!isJsonObject(context)) throw new FluxError('EINVAL');
  events.post(job, 'memo', context, { volatile });
}
