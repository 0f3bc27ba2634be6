import { type NO_RESPONSE, type Request, unpack } from '../handle';
import { FluxError } from '../sys/errors';
import type { WindowSize } from '../sys/pty';

/** What a client of a session does: `rw` both types and watches, `ro` only watches, `wo` only types. */
export type PtyMode = 'rw' | 'ro' | 'wo';

/** Requests to `SERVICE.ID` (docs/protocol/shell.md §10). `attach` is a streaming request; the others are answered empty. */
export type SessionRequest =
  | { type: 'attach'; mode: PtyMode; winsize?: WindowSize }
  | { type: 'resize'; winsize: WindowSize }
  | { type: 'data'; data: string }
  | { type: 'detach' };

/** Responses to `attach`, in order: one `attach`, then data, at the end one `exit`, and the end of the stream. */
export type SessionResponse = { type: 'attach' } | { type: 'data'; data: string } | { type: 'resize' } | SessionExit;

/** The end of a client's attachment: why, and the session's raw wait status (0 after a detach). */
export interface SessionExit {
  type: 'exit';
  message: string;
  status: number;
}

/** Message of the exit of a client that has left by itself. */
export const detachMessage = 'Client requested detach';

/** `SERVICE.new`. Defaults: the user's shell, named by its first word, in the server's environment and directory. */
export interface NewSession {
  name?: string;
  cmd?: string[];
  environ?: Record<string, string>;
  cwd?: string;
  /** Ignored: an exited session always waits for one client. */
  wait?: number;
}

export interface NewSessionResponse {
  name: string;
  /** Topic of the session: `SERVICE.ID`. */
  pty_service: string;
  id: number;
}

/** `SERVICE.list`. Times are seconds since the epoch. */
export interface SessionList {
  server: { service: string; rank: number; ctime: number };
  sessions: { id: number; name: string; clients: number; pid: number; exited: 0 | 1; ctime: number }[];
}

/** `SERVICE.kill`: with `wait` the answer is the session's SessionExit, when it has come. */
export interface KillSession {
  id: number;
  signal: number;
  wait?: number;
}

/** What a handler of this protocol gives back; undefined is an empty response. */
export type Answer = object | undefined | typeof NO_RESPONSE;

/** The mode of an attach request. EPROTO for any other word. */
export function modeOf(request: Request): PtyMode {
  const { mode } = unpack(request, { mode: 's' });
  if (mode !== 'rw' && mode !== 'ro' && mode !== 'wo') throw new FluxError('EPROTO');
  return mode;
}

/** The terminal size in a request. EPROTO if it has none, EINVAL unless rows and columns are positive. */
export function winsizeOf(request: Request): WindowSize {
  const { rows, cols } = unpack(request, { winsize: 'o' }).winsize;
  if (!Number.isInteger(rows) || !Number.isInteger(cols)) throw new FluxError('EPROTO');
  const size = { rows: rows as number, cols: cols as number };
  if (size.rows <= 0 || size.cols <= 0) throw new FluxError('EINVAL');
  return size;
}
