import type { Flux } from '../handle';
import type { RpcStream } from '../handle/rpc-stream';
import type { GivenTo } from '../protocol';
import { rexec } from '../protocol/rexec';
import { FluxError, toFluxError } from '../sys/errors';
import { decodeIo, encodeIo, ProcessState, type RexecCommand, type RexecResponse } from './protocol';

/** A command to run on some rank. */
export interface RemoteCommand {
  argv: readonly string[];
  cwd: string;
  /** The whole environment; empty or absent: that of the broker there. */
  env?: Record<string, string>;
  opts?: Record<string, string>;
  channels?: readonly string[];
  /** Which streams are wanted; default stdout and stderr. */
  capture?: { stdout?: boolean; stderr?: boolean; channels?: boolean };
}

/** Called with the events of a remote process, as they come. */
export interface RemoteHandlers {
  /** The process runs; `pid` is known from here on. */
  onRunning?(process: RemoteProcess): void;
  onOutput?(stream: string, data: Buffer): void;
  onEof?(stream: string): void;
  /** It exited with this raw wait status; output may still follow. */
  onExit?(status: number): void;
}

/** A process on another rank (or this one), run by its broker through broker.rexec. */
export class RemoteProcess {
  readonly rank: number;
  /**
   * Resolves with the raw wait status when the process has ended and all its output is here. Rejects with the errno of a failed start (ENOENT, EACCES …), EHOSTUNREACH when
   * the rank is lost or does not exist, or of an internal failure.
   */
  readonly completed: Promise<number>;
  readonly #flux: Flux;
  readonly #stream: RpcStream<RexecResponse>;
  readonly #handlers: RemoteHandlers;
  #pid: number | undefined;
  #status: number | undefined;
  #ended = false;

  constructor(flux: Flux, rank: number, command: RemoteCommand, handlers: RemoteHandlers = {}) {
    this.#flux = flux;
    this.rank = rank;
    this.#handlers = handlers;
    const { stdout = true, stderr = true, channels = false } = command.capture ?? {};
    const cmd: RexecCommand = {
      cwd: command.cwd,
      cmdline: [...command.argv],
      env: command.env ?? {},
      opts: command.opts ?? {},
      channels: [...(command.channels ?? [])],
    };
    this.#stream = flux.open(
      rexec.run,
      { cmd: JSON.stringify(cmd), on_channel_out: Number(channels), on_stdout: Number(stdout), on_stderr: Number(stderr) },
      { nodeid: rank },
    );
    this.completed = this.#follow();
    this.completed.catch(() => {}); // whoever cares awaits it
  }

  /** Process id on that rank, once it runs. */
  get pid(): number | undefined {
    return this.#pid;
  }

  /** True while it runs there. */
  get running(): boolean {
    return this.#pid !== undefined && this.#status === undefined && !this.#ended;
  }

  /** Raw wait status once it exited. */
  get status(): number | undefined {
    return this.#status;
  }

  /** Writes to `stdin` or a channel; before the process runs, and after its end, there is nowhere to write to: ignored. */
  write(stream: string, data: Buffer): void {
    if (this.#pid !== undefined && !this.#ended) this.#send({ pid: this.#pid, io: encodeIo(stream, this.rank, data) });
  }

  /** End of file on `stdin` or a channel. */
  end(stream: string): void {
    if (this.#pid !== undefined && !this.#ended) this.#send({ pid: this.#pid, io: encodeIo(stream, this.rank, undefined, true) });
  }

  /** Signals its process group. Rejects with ENOENT or ESRCH when it is gone, EINVAL. */
  async kill(signum: number): Promise<void> {
    if (this.#pid === undefined) throw new FluxError('ESRCH');
    await this.#flux.call(rexec.signal, { pid: this.#pid, signum }, { nodeid: this.rank });
  }

  #send(payload: GivenTo<typeof rexec.write>): void {
    this.#flux.tell(rexec.write, payload, { nodeid: this.rank });
  }

  async #follow(): Promise<number> {
    try {
      for await (const response of this.#stream) {
        if (!this.#take(response)) continue;
        this.#stream.finish();
        return this.#status ?? 0;
      }
      throw new FluxError('EPROTO'); // the stream has no closing ENODATA
    } catch (e) {
      throw toFluxError(e);
    } finally {
      this.#ended = true;
    }
  }

  /** Handles one response; true at the last. */
  #take(response: RexecResponse): boolean {
    switch (response.type) {
      case 'start':
        return false;
      case 'complete':
        return true;
      case 'output': {
        const { stream, data, eof } = decodeIo(response.io);
        if (data) this.#handlers.onOutput?.(stream, data);
        if (eof) this.#handlers.onEof?.(stream);
        return false;
      }
      case 'state':
        this.#takeState(response);
        return false;
      default:
        throw new FluxError('EPROTO');
    }
  }

  #takeState({ state, pid, status, errno }: RexecResponse): void {
    if (state === ProcessState.running) {
      this.#pid = pid;
      this.#handlers.onRunning?.(this);
    } else if (state === ProcessState.exited) {
      this.#status = status ?? 0;
      this.#handlers.onExit?.(this.#status);
    } else {
      this.#stream.finish();
      throw new FluxError(errno ?? 'EPROTO');
    }
  }
}
