import { jobUser } from '../../../core/client/job-query';
import { FluxError } from '../../../core/sys/errors';
import { intError, parseInt10 } from '../../args/python';
import { CommandError } from '../../command';

/** The user of `-u`: a name, a number, or `all`. @throws CommandError in Python's words */
export function userOf(text: string | undefined): number {
  try {
    return jobUser(text);
  } catch (e) {
    if (!(e instanceof FluxError) || text === undefined) throw e;
    const id = parseInt10(text);
    if (id === undefined) throw new CommandError(intError(text), 1, { cause: e });
    return Number(id);
  }
}
