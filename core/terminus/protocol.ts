import { isJsonObject } from '../formats/json';
import type { NO_RESPONSE } from '../handle';
import type { ReadBy, ReceivedFrom } from '../protocol';
import type { terminus } from '../protocol/terminus';
import { FluxError } from '../sys/errors';
import type { WindowSize } from '../sys/pty';

/** Mode of a session's client: `rw` both types and watches, `ro` only watches, `wo` only types. */
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

/** A session that was started. */
export type NewSessionResponse = ReceivedFrom<typeof terminus.new>;

/** The sessions of a server. */
export type SessionList = ReceivedFrom<typeof terminus.list>;

/** A signal for a session. */
export type KillSession = ReadBy<typeof terminus.kill>;

/** Result of a handler of this protocol; undefined is an empty response. */
export type Answer = object | undefined | typeof NO_RESPONSE;

/** The mode of an attach request. EPROTO for any other word. */
export function modeOf({ mode }: { mode?: unknown }): PtyMode {
  if (mode !== 'rw' && mode !== 'ro' && mode !== 'wo') throw new FluxError('EPROTO');
  return mode;
}

/** The terminal size in a request. EPROTO if it has none, EINVAL unless rows and columns are positive. */
export function winsizeOf({ winsize }: { winsize?: unknown }): WindowSize {
  const { rows, cols } = isJsonObject(winsize) ? winsize : {};
  if (!Number.isInteger(rows) || !Number.isInteger(cols)) throw new FluxError('EPROTO');
  const size = { rows: rows as number, cols: cols as number };
  if (size.rows <= 0 || size.cols <= 0) throw new FluxError('EINVAL');
  return size;
}
