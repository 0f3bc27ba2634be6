import dgram from 'node:dgram';
import { isIPv6 } from 'node:net';
import { FluxError } from '../../sys/errors';

/** Where statsd listens. */
export interface Collector {
  host: string;
  port: number;
}

/** Reads FLUX_FRIPP_STATSD: `host:port`, an IPv6 address in brackets. EINVAL for another form. */
export function parseCollector(text: string): Collector {
  const [, host, port] = /^\[?([^[\]]+)\]?:(\d+)$/.exec(text) ?? [];
  if (host === undefined || Number(port) < 1 || Number(port) > 65535)
    throw new FluxError('EINVAL', `FLUX_FRIPP_STATSD: ${text} is not host:port`);
  return { host, port: Number(port) };
}

/**
 * Gauges on their way to statsd, over UDP (contract/broker.md §10, FLUX_FRIPP_STATSD): what was set in one turn of the event loop travels in one
 * datagram, values that are the same as before don't travel.
 */
export class Gauges {
  readonly #collector: Collector;
  readonly #prefix: string;
  readonly #onError: (e: Error) => void;
  readonly #sent = new Map<string, number>();
  readonly #changed = new Map<string, number>();
  #socket: dgram.Socket | undefined;

  constructor(collector: Collector, rank: string, onError: (e: Error) => void) {
    this.#collector = collector;
    this.#prefix = `flux.${rank}`;
    this.#onError = onError;
  }

  set(name: string, value: number): void {
    if (this.#sent.get(name) === value && !this.#changed.has(name)) return;
    if (this.#changed.size === 0) setImmediate(() => this.#flush());
    this.#changed.set(name, value);
  }

  close(): void {
    this.#changed.clear();
    this.#socket?.close();
    this.#socket = undefined;
  }

  #flush(): void {
    if (this.#changed.size === 0) return;
    const lines = [...this.#changed].map(([name, value]) => `${this.#prefix}.${name}:${value}|g\n`);
    for (const [name, value] of this.#changed) this.#sent.set(name, value);
    this.#changed.clear();
    const { host, port } = this.#collector;
    this.#socket ??= this.#open();
    this.#socket.send(lines.join(''), port, host, (e) => e && this.#onError(e));
  }

  #open(): dgram.Socket {
    const socket = dgram.createSocket(isIPv6(this.#collector.host) ? 'udp6' : 'udp4');
    socket.on('error', this.#onError);
    socket.unref();
    return socket;
  }
}
