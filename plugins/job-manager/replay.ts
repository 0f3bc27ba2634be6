import { decodeEventlog, decodeJson, FluxError, isJsonObject, type JsonObject } from 'flux';
import { decodeJsonObject } from 'flux/internal';
import { Job, type JobEvent } from './job';
import { checkEvent } from './machine';

/** A job as its eventlog has it. EINVAL for a log that no job manager can have written, or that has lost the end of its last line. */
export function replayJob(id: bigint, jobspec: JsonObject, eventlog: string): Job {
  if (!eventlog.endsWith('\n')) throw new FluxError('EINVAL');
  const [submit, ...events] = decodeEventlog(eventlog).map(({ timestamp, name, context, text }) => {
    // Annotations keep the form of their numbers.
    const exact = name === 'memo' ? (decodeJsonObject(text, { reals: true })['context'] as JsonObject) : context;
    return { timestamp, name, ...(exact ? { context: exact } : {}) } satisfies JobEvent;
  });
  if (submit?.name !== 'submit') throw new FluxError('EINVAL');
  const { userid, urgency, flags } = submit.context ?? {};
  if (!isInt(userid) || !isInt(urgency) || !isInt(flags)) throw new FluxError('EINVAL');
  const job = new Job({ id, userid, urgency, flags, tSubmit: submit.timestamp, jobspec });
  for (const event of [submit, ...events]) {
    checkEvent(job, event)();
    job.eventlogSeq++;
  }
  return job;
}

const isInt = (value: unknown): value is number => Number.isInteger(value);

/** A jobspec's text as the job manager keeps it. EPROTO, EINVAL: it is no JSON object. */
export function withoutEnvironment(text: string): JsonObject {
  const jobspec = decodeJson(text, { reals: true });
  if (!isJsonObject(jobspec)) throw new FluxError('EINVAL');
  const { attributes } = jobspec;
  if (isJsonObject(attributes) && isJsonObject(attributes['system'])) delete attributes['system']['environment'];
  return jobspec;
}
