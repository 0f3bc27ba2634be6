import { defaultTimeouts, type OverlayTimeouts } from '../overlay';
import type { ZmqOverlay } from '../overlay-zmq';

/** A broker's place in the instance, which it learns before it can be one, and its sockets, bound but not connected. */
export interface Bootstrap {
  rank: number;
  size: number;
  /** Undefined in an instance of one broker, which never loads zeromq. */
  overlay: ZmqOverlay | undefined;
  /** Attributes it sets (all immutable): `jobid`, `instance-level`, `broker.mapping`, `hostlist`; null ones exist without a value. */
  attributes: Record<string, string | null>;
  /** All brokers were there at once (PMI), so that those that have not said hello yet are on their way. */
  gathered?: boolean;
  /** Attribute tbon.endpoint, where it is not the URI that the overlay is bound to; null without one. */
  endpoint?: string | null;
}

/** Settings that every kind of bootstrap is given. */
export interface BootstrapOptions {
  env: Readonly<Record<string, string | undefined>>;
  /** Directory for the broker's own sockets. */
  rundir: string;
  userid: number;
  /** Attribute tbon.fanout. */
  fanout: number;
  /** Attribute tbon.prefertcp. */
  preferTcp: boolean;
  /** Attribute tbon.zmqdebug. */
  debug?: boolean;
  timeouts?: OverlayTimeouts;
  /** The machine's own name; ownName() says what the instance calls it. */
  hostname: string;
  /** Lines for stderr (FLUX_PMI_DEBUG). */
  trace: (line: string) => void;
  /** Told what the user should know of how it went: a line of text for stderr. */
  warn: (text: string) => void;
}

/** The name that this broker's host has in the instance: FLUX_FAKE_HOSTNAME, with which tests put many hosts on one, or the machine's. */
export const ownName = ({ env, hostname }: BootstrapOptions): string => env['FLUX_FAKE_HOSTNAME'] ?? hostname;

/** The overlay's settings that come from attributes, for every kind of bootstrap. */
export function overlayTuning({ debug = false, timeouts = defaultTimeouts }: BootstrapOptions): {
  debug: boolean;
  timeouts: OverlayTimeouts;
} {
  return { debug, timeouts };
}
