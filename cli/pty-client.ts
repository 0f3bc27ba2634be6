import { StringDecoder } from 'node:string_decoder';
import type { ReadStream } from 'node:tty';
import type { Flux } from '../core/handle/flux';
import type { RpcStream } from '../core/handle/rpc-stream';
import type { CommandContext } from './command';

/** Where a pseudo-terminal is served (job-info-list.md §7, pty service). */
export interface PtyAddress {
  topic: string;
  nodeid: number;
}

/** Why the session is over, and the raw wait status of its process (0 if it goes on without us). */
export interface PtyExit {
  message: string;
  status: number;
}

type PtyEvent = { type: 'attach' | 'resize' } | { type: 'data'; data: string } | ({ type: 'exit' } & PtyExit);

const DETACH_KEY = 0x1c; // Ctrl-\

/** Our terminal connected to a remote one: keys and window size go there, its output comes here. */
export class PtyClient {
  readonly #ctx: CommandContext;
  readonly #flux: Flux;
  readonly #address: PtyAddress;
  readonly #events: RpcStream<PtyEvent>;
  readonly #restore: (() => void)[] = [];

  private constructor(ctx: CommandContext, flux: Flux, address: PtyAddress) {
    this.#ctx = ctx;
    this.#flux = flux;
    this.#address = address;
    const { topic, nodeid } = address;
    this.#events = flux.stream<PtyEvent>(topic, { type: 'attach', mode: 'rw', winsize: windowSize() }, { nodeid });
  }

  /** Attaches; nothing is done to our terminal if that fails. ENOSYS: no such service; EEXIST: attached already; EPERM: not the job's user. */
  static async attach(ctx: CommandContext, flux: Flux, address: PtyAddress): Promise<PtyClient> {
    const client = new PtyClient(ctx, flux, address);
    await client.#events.next();
    return client;
  }

  /** Serves the session to its end, then restores our terminal and says on it why it ended. */
  async run(): Promise<PtyExit> {
    this.#enter();
    try {
      for await (const event of this.#events) {
        if (event.type === 'data') this.#ctx.stdout.write(event.data);
        else if (event.type === 'resize') this.#resize();
        else if (event.type === 'exit') {
          this.#ctx.stdout.write(`\x1b[999H[detached: ${event.message}]\x1b[K\n\r`);
          return event;
        }
      }
      return { message: 'connection lost', status: 1 };
    } finally {
      for (const restore of this.#restore.splice(0).reverse()) restore();
    }
  }

  #enter(): void {
    const stdin = this.#ctx.stdin as ReadStream;
    if (this.#ctx.isTTY(0)) {
      stdin.setRawMode(true);
      this.#restore.push(() => {
        stdin.setRawMode(false);
        this.#ctx.stdout.write('\x1b[?25h');
      });
    }
    const decoder = new StringDecoder('utf8');
    const onData = (chunk: Buffer) => {
      if (chunk[0] === DETACH_KEY) return this.#send({ type: 'detach' });
      const data = decoder.write(chunk);
      if (data) this.#send({ type: 'data', data });
    };
    stdin.on('data', onData).resume();
    this.#restore.push(() => stdin.off('data', onData).pause());
    this.#restore.push(this.#ctx.onSignal('SIGWINCH', () => this.#resize()));
  }

  #resize(): void {
    this.#send({ type: 'resize', winsize: windowSize() });
  }

  /** What is sent to a session that has just ended is lost, as are keys typed at a terminal that hangs up. */
  #send(payload: Record<string, unknown>): void {
    this.#flux.rpc(this.#address.topic, payload, { nodeid: this.#address.nodeid }).catch(() => {});
  }
}

/** Size of our terminal; at least 1×1, also where there is none. */
function windowSize(): { rows: number; cols: number } {
  const terminal = [process.stdout, process.stderr].find((stream) => stream.isTTY);
  const [cols = 1, rows = 1] = terminal?.getWindowSize() ?? [];
  return { rows: Math.max(rows, 1), cols: Math.max(cols, 1) };
}
