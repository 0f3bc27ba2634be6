import dgram from 'node:dgram';
import { isIPv6 } from 'node:net';
import { errorText, FluxError } from '../../sys/errors';

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

/** The collector of a broker, or of a thread of it: what is wrong with it is said once, however many modules report. */
export class Statsd {
  readonly #address: string | undefined;
  readonly #log: (text: string) => void;
  #collector: Collector | undefined;
  #complained = false;

  /** `address`: FLUX_FRIPP_STATSD. A bad one is the administrator's error, and no reason to go without modules. */
  constructor(address: string | undefined, log: (text: string) => void) {
    this.#address = address;
    this.#log = log;
  }

  /** Undefined where there is nobody to report to. */
  get collector(): Collector | undefined {
    if (this.#address === undefined || this.#complained) return undefined;
    try {
      this.#collector ??= parseCollector(this.#address);
    } catch (e) {
      this.complain(errorText(e));
    }
    return this.#collector;
  }

  complain(text: string): void {
    if (!this.#complained) this.#log(text);
    this.#complained = true;
  }
}

/**
 * Gauges on their way to statsd, over UDP (docs/protocol/broker.md §10, FLUX_FRIPP_STATSD): what was set in one turn of the event loop travels in one
 * datagram, values that are the same as before don't travel.
 */
export class Gauges {
  readonly #statsd: Statsd;
  readonly #prefix: string;
  readonly #sent = new Map<string, number>();
  readonly #changed = new Map<string, number>();
  #socket: dgram.Socket | undefined;

  constructor(statsd: Statsd, rank: string) {
    this.#statsd = statsd;
    this.#prefix = `flux.${rank}`;
  }

  set(name: string, value: number): void {
    if (this.#statsd.collector === undefined) return;
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
    const { collector } = this.#statsd;
    if (!collector) return;
    this.#socket ??= this.#open(collector);
    this.#socket.send(lines.join(''), collector.port, collector.host, (e) => e && this.#failed(e));
  }

  #open({ host }: Collector): dgram.Socket {
    const socket = dgram.createSocket(isIPv6(host) ? 'udp6' : 'udp4');
    socket.on('error', (e) => this.#failed(e));
    socket.unref();
    return socket;
  }

  #failed(e: Error): void {
    this.#statsd.complain(`FLUX_FRIPP_STATSD: ${e.message}`);
  }
}
