import { userInfo } from 'node:os';
import { ALL_USERS } from '../../../core/client/job-list';
import { ACTIVE, PENDING, RESULT, RUNNING, STATE } from '../../../core/client/job-states';
import { getUser } from '../../../core/sys/credentials';
import { isErrno } from '../../../core/sys/errors';
import { reprString } from '../../args/python';
import { CommandError } from '../../command';

const stateSets: Readonly<Record<string, number>> = {
  depend: STATE.DEPEND,
  priority: STATE.PRIORITY,
  sched: STATE.SCHED,
  run: STATE.RUN,
  cleanup: STATE.CLEANUP,
  inactive: STATE.INACTIVE,
  pending: PENDING,
  running: RUNNING,
  active: ACTIVE,
  all: PENDING | RUNNING,
};
const results: Readonly<Record<string, number>> = {
  completed: RESULT.COMPLETED,
  failed: RESULT.FAILED,
  canceled: RESULT.CANCELED,
  timeout: RESULT.TIMEOUT,
};

/** State and result bits of a filter; a result means inactive jobs. */
export function filterOf(text: string): { states: number; results: number } {
  const filter = { states: 0, results: 0 };
  for (const word of text.split(',')) {
    const name = word.toLowerCase();
    const result = results[name];
    if (result !== undefined) {
      filter.states |= STATE.INACTIVE;
      filter.results |= result;
    } else if (stateSets[name] !== undefined) filter.states |= stateSets[name];
    else throw new CommandError(`Invalid filter specified: ${word}`);
  }
  return filter;
}

/** A user's id by name or number, or all users; default our own. */
export function userOf(text: string | undefined): number {
  if (text === undefined) return userInfo().uid;
  if (text === 'all') return ALL_USERS;
  try {
    return getUser(text).uid;
  } catch (e) {
    if (/^\s*-?\d+\s*$/.test(text)) return Number(text);
    if (!isErrno(e, 'ENOENT') && !isErrno(e, 'EINVAL')) throw e;
  }
  throw new CommandError(`invalid literal for int() with base 10: ${reprString(text)}`);
}
