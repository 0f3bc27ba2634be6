import type { Flux, RpcOptions, RpcStream } from '../handle';
import { FluxError } from '../sys/errors';
import type { WindowSize } from '../sys/pty';
import type { PtyMode, SessionExit, SessionRequest, SessionResponse } from './protocol';

/** How to attach: to which server, and as which kind of client. */
export interface AttachOptions {
  /** Rank of the server; default the nearest that has the service. */
  nodeid?: number;
  /** Default `rw`. */
  mode?: PtyMode;
  /** Size of the client's terminal; needed for `rw`. */
  winsize?: WindowSize;
}

/** A client's end of a terminal session: `flux terminus attach`, and `flux job attach` to a job with a terminal. */
export class PtyClient {
  readonly #flux: Flux;
  readonly #topic: string;
  readonly #options: RpcOptions;
  readonly #stream: RpcStream<SessionResponse>;

  private constructor(flux: Flux, topic: string, options: RpcOptions, stream: RpcStream<SessionResponse>) {
    this.#flux = flux;
    this.#topic = topic;
    this.#options = options;
    this.#stream = stream;
  }

  /**
   * Attaches to the session at `topic` (`0-terminus.0`, `SERVICE.terminus.0`). ENOSYS: no such session or server; EPERM: another user's; EEXIST: this handle is
   * attached already; EINVAL: winsize of 0.
   */
  static async attach(flux: Flux, topic: string, { nodeid, mode = 'rw', winsize }: AttachOptions = {}): Promise<PtyClient> {
    const options = nodeid === undefined ? {} : { nodeid };
    const request: SessionRequest = { type: 'attach', mode, ...(winsize ? { winsize } : {}) };
    const stream = flux.stream<SessionResponse>(topic, request, options);
    const first = await stream.next();
    if (first.done || first.value.type !== 'attach') throw new FluxError('EPROTO');
    return new PtyClient(flux, topic, options, stream);
  }

  /**
   * Reads the session to its end, or to the detach: calls `onData` for each piece of output (text as a terminal takes it), `onResize` where the
   * server wants to know the size. ECONNRESET: the connection is lost; EPROTO: the stream ended without an exit.
   */
  async run(onData: (data: string) => void, onResize: () => void = () => {}): Promise<SessionExit> {
    for await (const response of this.#stream) {
      if (response.type === 'exit') return response;
      if (response.type === 'data') onData(response.data);
      else if (response.type === 'resize') onResize();
    }
    throw new FluxError('EPROTO');
  }

  /** Types on the session's terminal; resolves when the server has it. */
  async write(data: string): Promise<void> {
    await this.#request({ type: 'data', data });
  }

  /** The client's terminal has another size. */
  async resize(winsize: WindowSize): Promise<void> {
    await this.#request({ type: 'resize', winsize });
  }

  /** Leaves the session running; run() then returns. */
  async detach(): Promise<void> {
    await this.#request({ type: 'detach' });
  }

  /** Waits no more for a session whose server is gone: run() fails with EPROTO. */
  abandon(): void {
    void this.#stream.return();
  }

  async #request(request: SessionRequest): Promise<void> {
    await this.#flux.rpc(this.#topic, request, this.#options);
  }
}
