import { t } from '../schema';
import { method } from './method';
import { service } from './service';

/** The end of a client's attachment: why, and the session's raw wait status (0 after a detach). */
const exit = t.wire({ type: t.oneOf(['exit']), message: t.string(), status: t.int() });

/**
 * Terminal sessions (docs/protocol/shell.md §10): of a user, as `USERID-terminus`, and of a job, as `terminus` below the shell's service. Only the user whose
 * it is may call it: EPERM for others, before the shape is looked at.
 */
export const terminus = service('terminus', {
  /** Starts a session. Defaults: the user's shell, named by its first word, in the server's environment and directory. `pty_service` is its topic; `wait` changes nothing. */
  new: method({
    role: 'any',
    request: t.wire({
      name: t.optional(t.string()),
      cmd: t.optional(t.any()),
      environ: t.optional(t.record()),
      cwd: t.optional(t.string()),
      wait: t.optional(t.any()),
    }),
    response: t.wire({ name: t.string(), pty_service: t.string(), id: t.int() }),
    errors: { EPROTO: 'cmd is no array of strings', ENOENT: 'there is no such program', EPERM: 'another user' },
  }),
  /** The sessions. Times are seconds since the epoch; a pid of -1: the program is not the server's child. */
  list: method({
    role: 'any',
    response: t.wire({
      server: t.wire({ service: t.string(), rank: t.int(), ctime: t.number() }),
      sessions: t.array(
        t.wire({ id: t.int(), name: t.string(), clients: t.int(), pid: t.int(), exited: t.oneOf([0, 1]), ctime: t.number() }),
      ),
    }),
    errors: { EPERM: 'another user' },
  }),
  /** Signals what runs in the foreground of a session. With `wait` it is answered when the session has ended. */
  kill: method({
    role: 'any',
    request: t.wire({ id: t.int(), signal: t.int(), wait: t.optional(t.int()) }),
    response: t.optional(exit),
    errors: { ENOENT: 'there is no such session', EINVAL: 'there is no such signal', EPERM: 'another user' },
  }),
  /** Ends all sessions, and the server. */
  killServer: method({ name: 'kill-server', role: 'any', errors: { EPERM: 'another user' } }),
  /** A client is gone. */
  disconnect: method({ role: 'any' }),
  /**
   * The topic of a session, whose number is its name. `type` is `attach` (a stream: what the terminal shows, at the end an exit), with `mode` rw, ro or wo and a window
   * size; `resize`; `data`, what the client types; `detach`.
   */
  session: method({
    name: 'ID',
    role: 'any',
    request: t.wire({
      type: t.string(),
      mode: t.optional(t.any()),
      winsize: t.optional(t.any()),
      data: t.optional(t.any()),
    }),
    errors: { EPROTO: 'no such mode, size or data', ENOENT: 'the client is not attached', ENOSYS: 'no such type', EPERM: 'another user' },
  }),
});
