import { type MethodHandler, NO_RESPONSE, type Request, unpack } from '../handle';
import type { Message } from '../message';
import { FluxError, toFluxError } from '../sys/errors';
import { ManagedProcess } from './process';
import { decodeIo, encodeIo, ProcessState, parseCommand, type RexecResponse } from './protocol';

export interface SubprocessServerOptions {
  rank: number;
  /** FLUX_URI of every process, once there is one. */
  uri: () => string | undefined;
  /** Environment of processes that come without one. */
  env: Record<string, string | undefined>;
  /** Told of requests that have no response to carry their error. */
  log: (text: string) => void;
}

interface Entry {
  process: ManagedProcess;
  request: Request;
}

/**
 * The remote exec service of a broker, `broker.rexec` (contract/broker.md §8): runs processes for owners anywhere in the instance, streams their
 * output, takes their input and signals. A process ends with the client that started it.
 */
export class SubprocessServer {
  readonly #options: SubprocessServerOptions;
  readonly #entries = new Map<number, Entry>();
  #closed = false;

  constructor(options: SubprocessServerOptions) {
    this.#options = options;
  }

  /** The methods, by full topic; all are the owner's. */
  methods(service: string): Record<string, MethodHandler> {
    return {
      [`${service}.rexec`]: (_, request) => this.#start(request),
      [`${service}.rexec.write`]: (_, request) => this.#write(request),
      [`${service}.rexec.signal`]: (_, request) => this.#signal(request),
      [`${service}.rexec.processes`]: () => this.#list(),
    };
  }

  /** Kills the process groups that this message's originator started. */
  disconnect(message: Message): void {
    for (const { process, request } of this.#entries.values()) if (request.sender === (message.originator ?? '')) this.#kill(process, 9);
  }

  /** Ends every process: SIGTERM, after `graceMs` SIGKILL. Resolves when all are gone. Takes no more requests. */
  async close(graceMs = 5000): Promise<void> {
    this.#closed = true;
    const all = [...this.#entries.values()].map(({ process }) => process).filter((process) => process.running);
    if (all.length === 0) return;
    for (const process of all) this.#kill(process, 15);
    const timer = setTimeout(() => {
      for (const process of all) this.#kill(process, 9);
    }, graceMs);
    await Promise.all(all.map((process) => process.gone));
    clearTimeout(timer);
  }

  #start(request: Request): unknown {
    const { rank, uri } = this.#options;
    const { cmd, on_channel_out, on_stdout, on_stderr } = unpack(request, {
      cmd: 's',
      on_channel_out: 'i',
      on_stdout: 'i',
      on_stderr: 'i',
    });
    const command = parseCommand(cmd);
    if (this.#closed) throw new FluxError('ENOSYS');
    const send = (response: Omit<RexecResponse, 'rank'>) => request.respond({ rank, ...response });
    const own = Object.keys(command.env).length > 0 ? command.env : this.#options.env;
    send({ type: 'start' });
    try {
      const process = new ManagedProcess(
        command,
        { ...own, FLUX_URI: uri() },
        { stdout: on_stdout !== 0, stderr: on_stderr !== 0, channels: on_channel_out !== 0 },
        {
          onOutput: (stream, data) => send({ type: 'output', pid: process.pid, io: encodeIo(stream, rank, data) }),
          onEof: (stream) => send({ type: 'output', pid: process.pid, io: encodeIo(stream, rank, undefined, true) }),
          onExit: (status) => send({ type: 'state', state: ProcessState.exited, status }),
          onComplete: () => {
            this.#entries.delete(process.pid);
            send({ type: 'complete' });
          },
          onFailure: (error) => {
            this.#entries.delete(process.pid);
            send({ type: 'state', state: ProcessState.failed, errno: error.errnum });
          },
        },
      );
      this.#entries.set(process.pid, { process, request });
      send({ type: 'state', pid: process.pid, state: ProcessState.running });
    } catch (e) {
      send({ type: 'state', state: ProcessState.execFailed, errno: toFluxError(e).errnum });
    }
    return NO_RESPONSE;
  }

  #write(request: Request): unknown {
    try {
      const { pid, io } = unpack(request, { pid: 'i', io: 'o' });
      const { stream, data, eof } = decodeIo(io);
      const entry = this.#entries.get(pid);
      if (!entry && !eof) this.#options.log(`broker.rexec.write: no process ${pid}`);
      if (data) entry?.process.write(stream, data);
      if (eof) entry?.process.end(stream);
    } catch (e) {
      this.#options.log(`broker.rexec.write: ${toFluxError(e).message}`);
    }
    return NO_RESPONSE;
  }

  #signal(request: Request): void {
    const { pid, signum } = unpack(request, { pid: 'i', signum: 'i' });
    const entry = this.#entries.get(pid);
    if (!entry) throw new FluxError('ENOENT');
    entry.process.signal(signum);
  }

  #list(): object {
    const procs = [...this.#entries].map(([pid, { request }]) => ({ pid, sender: request.sender }));
    return { rank: this.#options.rank, procs };
  }

  #kill(process: ManagedProcess, signum: number): void {
    try {
      process.signal(signum);
    } catch (e) {
      if (toFluxError(e).code !== 'ESRCH') this.#options.log(`kill ${process.pid}: ${toFluxError(e).message}`);
    }
  }
}
