import type { EventType, Observer } from 'zeromq';
import type { LogLevel } from '../../handle/log-entry';

/** A change of a connection, as far as the overlay cares. */
export type ConnectionChange = 'up' | 'down' | 'handshake failed' | 'refused' | 'absent';

/** The names of the protocol (docs/protocol/wire.md §7, "Socket monitor log lines"), whether it is a failure, and what it means. */
const table: Partial<Record<EventType, { name: string; failure?: true; change?: ConnectionChange }>> = {
  bind: { name: 'listening' },
  accept: { name: 'accepted' },
  connect: { name: 'connected' },
  'connect:delay': { name: 'connect delayed' },
  'connect:retry': { name: 'connect retried' },
  handshake: { name: 'handshake succeeded', change: 'up' },
  'handshake:error:protocol': { name: 'handshake failed', failure: true, change: 'handshake failed' },
  'handshake:error:auth': { name: 'handshake failed', failure: true, change: 'refused' },
  'handshake:error:other': { name: 'handshake failed', failure: true, change: 'handshake failed' },
  disconnect: { name: 'disconnected', change: 'down' },
  close: { name: 'closed', change: 'absent' },
  'bind:error': { name: 'bind failed', failure: true },
  'accept:error': { name: 'accept failed', failure: true },
};

/** How a socket is watched: `log` gets lines, `onChange` those events that concern connections. */
export interface SocketWatch {
  /** `child` or `parent`: whose socket it is. */
  side: string;
  /** Write all events to the log; without it failures only. */
  verbose: boolean;
  log(level: LogLevel, text: string): void;
  /** A connection has changed. `reason` is the system's text of a failure. */
  onChange(change: ConnectionChange, reason: string): void;
}

/** Follows the events of a socket until it is closed: tells the log, and what concerns connections to `onChange`. */
export async function watchSocket(events: Observer, { side, verbose, log, onChange }: SocketWatch): Promise<void> {
  for await (const event of events) {
    const known = table[event.type];
    if (!known) continue;
    const { name, failure, change } = known;
    const reason = 'error' in event ? event.error.message : '';
    const address = 'address' in event ? event.address : '';
    if (failure || verbose) log(failure ? 3 : 7, `${side} sockevent ${address} ${name}${reason ? `: ${reason}` : ''}`);
    if (change) onChange(change, reason);
  }
}
