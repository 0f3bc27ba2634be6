import { jobUser } from '../../../core/client/job-query';
import { FluxError } from '../../../core/sys/errors';
import { intError } from '../../args/python';
import { CommandError } from '../../command';

/** The user of `-u`: a name, a number, or `all`. @throws CommandError in Python's words */
export function userOf(text: string | undefined): number {
  try {
    return jobUser(text);
  } catch (e) {
    throw e instanceof FluxError ? new CommandError(intError(text ?? ''), 1, { cause: e }) : e;
  }
}
