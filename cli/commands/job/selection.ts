import { ACTIVE, PENDING, parseJobState, RUNNING } from '../../../core/client/job-states';
import { getUser, userId } from '../../../core/sys/credentials';
import { isErrno } from '../../../core/sys/errors';
import { CommandError } from '../../command';

const virtualStates: Readonly<Record<string, number>> = { pending: PENDING, running: RUNNING, active: ACTIVE };

/** JobState bits of a comma list of states by name or letter, in any case. @throws CommandError */
export function parseStates(list: string): number {
  let states = 0;
  for (const word of list.split(',').filter(Boolean)) states |= stateBits(word);
  if (states === 0) throw new CommandError('no states specified');
  return states;
}

function stateBits(word: string): number {
  const name = word.toLowerCase();
  if (Object.hasOwn(virtualStates, name)) return virtualStates[name]!;
  try {
    return parseJobState(word);
  } catch (e) {
    throw new CommandError(`error parsing --states: ${word} is unknown`, 1, { cause: e });
  }
}

/** The user id of --user: own by default, `all` for everybody, a name or a number. @throws CommandError */
export function parseUser(text: string | undefined, everybody: number): number {
  if (text === undefined) return userId();
  if (text === 'all') return everybody;
  if (/^\d+$/.test(text) && Number(text) <= 0xffffffff) return Number(text);
  try {
    return getUser(text).uid;
  } catch (e) {
    if (isErrno(e, 'ENOENT')) throw new CommandError(`unknown user ${text}`, 1, { cause: e });
    throw e;
  }
}
