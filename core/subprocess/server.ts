import { type Handlers, NO_RESPONSE, type Request } from '../handle';
import { LogLevel } from '../handle/log-entry';
import type { Message } from '../message';
import type { ReadBy, ReturnedBy } from '../protocol';
import { rexec } from '../protocol/rexec';
import { errorText, FluxError, toFluxError } from '../sys/errors';
import { signals } from '../sys/signals';
import { within } from '../sys/within';
import type { HostedProcess } from './hosted-process';
import { ProgramHosts } from './hosts';
import { ManagedProcess, type ProcessEvents } from './process';
import { decodeIo, encodeIo, ProcessState, parseCommand, type RexecCommand, type RexecResponse } from './protocol';
import type { ServedProcess } from './served-process';

/** The broker that processes are run for: its rank, its address, and its log. */
export interface SubprocessServerOptions {
  rank: number;
  /** FLUX_URI of every process, once there is one. */
  uri: () => string | undefined;
  /** Environment of processes that come without one. */
  env: Record<string, string | undefined>;
  /** Folders of programs that may be run in hosts ({@link ProgramHosts}); default none. */
  hostedFolders?: () => readonly string[];
  /** Told, with a severity, of requests that have no response to carry their error, and of what hosts say. */
  log: (level: LogLevel, text: string) => void;
}

interface Entry {
  process: ServedProcess;
  request: Request;
}

/** A request to run a command, decoded. */
interface Run {
  request: Request;
  command: RexecCommand;
  env: Record<string, string>;
  capture: { stdout: boolean; stderr: boolean; channels: boolean };
}

/**
 * The remote exec service of a broker, `broker.rexec` (docs/protocol/broker.md §8): runs processes for owners anywhere in the instance, streams their
 * output, takes their input and signals. A process ends with the client that started it.
 */
export class SubprocessServer {
  readonly #options: SubprocessServerOptions;
  readonly #entries = new Map<number, Entry>();
  readonly #hosts: ProgramHosts;
  #closed = false;

  constructor(options: SubprocessServerOptions) {
    this.#options = options;
    const { hostedFolders: folders = () => [], env, log } = options;
    this.#hosts = new ProgramHosts({ folders, env, log: (text) => log(LogLevel.err, text) });
  }

  /** The handlers of its table. */
  get handlers(): Handlers<typeof rexec> {
    return {
      run: (command, request) => this.#start(command, request),
      write: ({ pid, io }) => this.#write(pid, io),
      signal: ({ pid, signum }) => this.#signal(pid, signum),
      processes: () => this.#list(),
    };
  }

  /** Kills the process groups that this message's originator started. */
  disconnect(message: Message): void {
    for (const { process, request } of this.#entries.values())
      if (request.sender === (message.originator ?? '')) this.#kill(process, signals.SIGKILL);
  }

  /**
   * Ends every process: SIGTERM, after `graceMs` SIGKILL. Resolves when all are gone, or as long again after SIGKILL, for a process may hang in the
   * kernel. Takes no more requests.
   */
  async close(graceMs = 5000): Promise<void> {
    this.#closed = true;
    const all = [...this.#entries.values()].map(({ process }) => process).filter((process) => process.running);
    for (const process of all) this.#kill(process, signals.SIGTERM);
    const gone = Promise.all(all.map((process) => process.gone));
    if (!(await within(graceMs, gone))) {
      for (const process of all) this.#kill(process, signals.SIGKILL);
      if (!(await within(graceMs, gone))) this.#options.log(LogLevel.err, 'processes are left that SIGKILL does not end');
    }
    await this.#hosts.close();
  }

  #start({ cmd, on_channel_out, on_stdout, on_stderr }: ReadBy<typeof rexec.run>, request: Request): typeof NO_RESPONSE {
    const { uri, env } = this.#options;
    const command = parseCommand(cmd);
    if (this.#closed) throw new FluxError('ENOSYS');
    const run: Run = {
      request,
      command,
      env: environment(Object.keys(command.env).length > 0 ? command.env : env, uri()),
      capture: { stdout: on_stdout !== 0, stderr: on_stderr !== 0, channels: on_channel_out !== 0 },
    };
    this.#respond(request, { type: 'start' });
    if (!this.#runHosted(run)) this.#runProcess(run);
    return NO_RESPONSE;
  }

  #runProcess(run: Run): void {
    const { request, command, env, capture } = run;
    try {
      const process: ManagedProcess = new ManagedProcess(
        command,
        env,
        capture,
        this.#events(request, () => process),
      );
      this.#entries.set(process.pid, { process, request });
      this.#respond(request, { type: 'state', pid: process.pid, state: ProcessState.running });
    } catch (e) {
      this.#respond(request, { type: 'state', state: ProcessState.execFailed, errno: toFluxError(e).errnum });
    }
  }

  /** False if there is no host for it. It may still turn out that it needs a process. */
  #runHosted(run: Run): boolean {
    const { request, command, env, capture } = run;
    if (!capture.stdout || !capture.stderr) return false;
    const process: HostedProcess | undefined = this.#hosts.run(command, env, (pid) => this.#entries.has(pid), {
      ...this.#events(request, () => process!),
      onRunning: () => this.#respond(request, { type: 'state', pid: process!.pid, state: ProcessState.running }),
      onDeclined: () => {
        this.#entries.delete(process!.pid);
        if (!this.#closed) this.#runProcess(run);
        else this.#respond(request, { type: 'state', state: ProcessState.execFailed, errno: new FluxError('ENOSYS').errnum });
      },
    });
    if (process) this.#entries.set(process.pid, { process, request });
    return process !== undefined;
  }

  #events(request: Request, process: () => ServedProcess): ProcessEvents {
    const { rank } = this.#options;
    const output = (stream: string, data: Buffer | undefined) =>
      this.#respond(request, { type: 'output', pid: process().pid, io: encodeIo(stream, rank, data, data === undefined) });
    return {
      onOutput: output,
      onEof: (stream) => output(stream, undefined),
      onExit: (status) => this.#respond(request, { type: 'state', state: ProcessState.exited, status }),
      onComplete: () => {
        this.#entries.delete(process().pid);
        this.#respond(request, { type: 'complete' });
      },
      onFailure: (error) => {
        this.#entries.delete(process().pid);
        this.#respond(request, { type: 'state', state: ProcessState.failed, errno: error.errnum });
      },
    };
  }

  #respond(request: Request, response: Omit<RexecResponse, 'rank'>): void {
    request.respond({ rank: this.#options.rank, ...response });
  }

  #write(pid: number, io: unknown): void {
    const { stream, data, eof } = decodeIo(io);
    const entry = this.#entries.get(pid);
    if (!entry && !eof) this.#options.log(LogLevel.debug, `${rexec.write.topic}: no process ${pid}`); // it has ended meanwhile, as a rule
    if (data) entry?.process.write(stream, data);
    if (eof) entry?.process.end(stream);
  }

  #signal(pid: number, signum: number): void {
    const entry = this.#entries.get(pid);
    if (!entry) throw new FluxError('ENOENT');
    entry.process.signal(signum);
  }

  #list(): ReturnedBy<typeof rexec.processes> {
    const procs = [...this.#entries].map(([pid, { request }]) => ({ pid, sender: request.sender }));
    return { rank: this.#options.rank, procs };
  }

  #kill(process: ServedProcess, signum: number): void {
    try {
      process.signal(signum);
    } catch (e) {
      if (toFluxError(e).code !== 'ESRCH') this.#options.log(LogLevel.err, `kill ${process.pid}: ${errorText(e)}`);
    }
  }
}

function environment(env: Readonly<Record<string, string | undefined>>, uri: string | undefined): Record<string, string> {
  const entries = Object.entries({ ...env, FLUX_URI: uri }).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(entries);
}
