import { JOB_FLAG, URGENCY } from '../../../core/client/job-submit';
import { intError, parseInt10 } from '../../args/python';
import { CommandError } from '../../command';

/** The flags of a submission from `--flags=LIST…`. @throws CommandError for one nobody knows */
export function jobFlags(lists: readonly string[]): number {
  let flags = 0;
  for (const name of lists.flatMap((list) => list.split(','))) {
    if (!Object.hasOwn(JOB_FLAG, name)) throw new CommandError(`--flags: Unknown flag ${name}`);
    flags |= JOB_FLAG[name as keyof typeof JOB_FLAG];
  }
  return flags;
}

/** An urgency by name or number; the service checks its range. @throws CommandError for what is no integer */
export function jobUrgency(text: string): number | bigint {
  if (Object.hasOwn(URGENCY, text)) return URGENCY[text as keyof typeof URGENCY];
  const urgency = parseInt10(text);
  if (urgency === undefined) throw new CommandError(intError(text));
  return urgency;
}
