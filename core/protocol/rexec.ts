import { t } from '../schema';
import { method } from './method';
import { service } from './service';

/** Data of one stream of a process, its end, or both (RFC 24 ioencode). `rank` is decimal text. */
const io = t.wire({
  stream: t.string(),
  rank: t.string(),
  data: t.optional(t.string()),
  encoding: t.optional(t.oneOf(['base64'])),
  eof: t.optional(t.boolean()),
});

/** Processes on any rank, for the instance owner (docs/protocol/broker.md §8). The service is the broker's; others may serve it, too. */
export const rexec = service('broker', {
  /**
   * Runs a command, `cmd`: JSON text of an object `{ cwd, cmdline, env, opts, channels }`. The streams whose flag is not 0 are sent back. Responses: one `start`,
   * then `state` (1 exec failed, 2 running, 3 exited with a wait status, 4 failed) and `output`, at the end `complete`; ENODATA does not follow.
   */
  run: method({
    name: 'rexec',
    role: 'owner',
    request: t.wire({ cmd: t.string(), on_channel_out: t.int(), on_stdout: t.int(), on_stderr: t.int() }),
    response: t.wire({
      type: t.oneOf(['start', 'state', 'output', 'complete']),
      rank: t.int(),
      pid: t.optional(t.int()),
      state: t.optional(t.int()),
      errno: t.optional(t.int()),
      status: t.optional(t.int()),
      io: t.optional(io),
    }),
    errors: { EPROTO: 'cmd is no such text', EINVAL: 'something in cmd is no string', ENOSYS: 'the broker ends' },
  }),
  /** Writes to stdin or a channel of a process, or ends it. Errors are in the broker's log; a process that is gone is none. */
  write: method({ name: 'rexec.write', role: 'owner', request: t.wire({ pid: t.int(), io: t.record() }), answers: 'never' }),
  /** Signals the process group of a process. */
  signal: method({
    name: 'rexec.signal',
    role: 'owner',
    request: t.wire({ pid: t.int(), signum: t.int() }),
    errors: { ENOENT: 'there is no such process', ESRCH: 'it has ended', EINVAL: 'there is no such signal' },
  }),
  /** The processes of this rank, each with the uuid of who started it. */
  processes: method({
    name: 'rexec.processes',
    role: 'owner',
    response: t.wire({ rank: t.int(), procs: t.array(t.wire({ pid: t.int(), sender: t.string() })) }),
  }),
});
