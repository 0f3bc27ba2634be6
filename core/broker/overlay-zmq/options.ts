import { FluxError, toFluxError } from '../../sys/errors';
import type { OverlayTimeouts } from '../overlay';

/** A CURVE key pair, both in Z85. */
export interface CurveKeys {
  publicKey: string;
  secretKey: string;
}

/** ZMTP pings in the time after which a peer that answers none is lost. */
const PINGS = 6;

/**
 * Socket options of both directions. Sending never waits: with a high water mark that only a lost peer can reach, EAGAIN means it is lost, as
 * EHOSTUNREACH does. Large but finite: 0 (no limit) would queue for a stopped peer until memory ends.
 */
export function socketOptions({ heartbeat }: OverlayTimeouts) {
  return {
    sendHighWaterMark: 1_000_000,
    receiveHighWaterMark: 1_000_000,
    sendTimeout: 0,
    linger: 100, // milliseconds: the last words (status offline) should leave
    heartbeatInterval: Math.max(1, Math.round(heartbeat / PINGS)),
    heartbeatTimeout: heartbeat,
    reconnectInterval: -1, // ParentConnection says why
  } as const;
}

/** Types of control messages between brokers, in aux1 (docs/protocol/wire.md §7). */
export const ControlType = { heartbeat: 0, status: 1, disconnect: 2 } as const;

/** Compatibility level that brokers agree on in hello: major<<16 | minor<<8 | patch. */
export const HELLO_VERSION = (0 << 16) | (32 << 8) | 0;

/** `bind to tcp://eth9:8050: No such device`. */
export function uriError(what: string, uri: string, e: unknown): FluxError {
  const { code, message } = toFluxError(e);
  return new FluxError(code, `${what} ${uri}: ${message}`, { cause: e });
}

/** Text of a compatibility level ({@link HELLO_VERSION}): `v0.32.0`. */
export function versionText(version: number): string {
  return `v${version >> 16}.${(version >> 8) & 0xff}.${version & 0xff}`;
}
