import { t } from '../schema';
import { method } from './method';
import { service } from './service';

/** Data of a stream of tasks, its end, or both (RFC 24 ioencode). `rank`: an idset of tasks, or `all`. */
const io = t.wire({}, { unknown: 'keep' });

/** Keys of PMI with their values. */
const values = t.wire(t.record(t.string()));

/** Strings, and numbers, of many tasks, packed (RFC 34). */
const proctable = t.wire({ hosts: t.any(), executables: t.any(), ids: t.any(), pids: t.any() });

/**
 * What the shells of a job answer, as `USERID-shell-JOBID` (docs/protocol/shell.md §7): the instance owner and the job's user may call it. Shells call each
 * other by rank.
 */
export const shellService = service('shell', {
  /** Leader: input for the tasks. Answered when it is in the input eventlog and the tasks are not too far behind. */
  stdin: method({
    role: 'any',
    request: io,
    errors: { EPROTO: 'no such data, stream or rank', ENOSYS: 'stdin is at its end, or the shell ends' },
  }),
  /** Leader: output of a task on another rank. */
  write: method({ role: 'any', request: io, errors: { EPROTO: 'no such data, stream or rank' } }),
  /** Leader: the shell of this rank is gone, and with it the output of its tasks. */
  lost: method({ role: 'any', request: t.wire({ rank: t.int() }) }),
  /** Leader: how many bytes of stdin the fastest task of a shell has read. */
  inputProgress: method({ name: 'input-progress', role: 'any', request: t.wire({ consumed: t.int() }), answers: 'never' }),
  /** Leader: the first task of a shell that has exited, as tasks tell of themselves. */
  doom: method({ role: 'any', request: t.wire({}, { unknown: 'keep' }), answers: 'never' }),
  /** The tasks: of the whole job from the leader, else those of one shell. */
  proctable: method({ role: 'any', response: proctable, errors: { ECANCELED: 'a shell has not answered' } }),
  /** What the shells below one have put, each key with its value; answered with what all have. */
  pmiExchange: method({
    name: 'pmi-exchange',
    role: 'any',
    request: values,
    response: values,
    errors: { EINPROGRESS: 'more shells than there are below this one' },
  }),
});
