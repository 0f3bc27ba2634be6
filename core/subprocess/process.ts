import type { Socket } from 'node:net';
import { FluxError, toFluxError } from '../sys/errors';
import { signals } from '../sys/signals';
import { type Child, type StdioSpec, spawnProcess } from '../sys/spawn';
import { OutputBuffer } from './output-buffer';
import type { RexecCommand } from './protocol';
import type { ServedProcess } from './served-process';

const DEFAULT_BUFSIZE = 4 * 1024 * 1024;
const standard = ['stdin', 'stdout', 'stderr'] as const;

/** Which streams of a process are wanted; what is not is closed in the child (channels: their output is dropped). */
export interface Capture {
  stdout: boolean;
  stderr: boolean;
  channels: boolean;
}

/** Called with the events of a process. `onFailure` is the last after an internal failure, else `onComplete` is, after exit and every end of file. */
export interface ProcessEvents {
  onOutput(stream: string, data: Buffer): void;
  onEof(stream: string): void;
  onExit(status: number): void;
  onComplete(): void;
  onFailure(error: FluxError): void;
}

/** A process run for somebody else: its streams by name, buffered by its options, in a process group of its own. */
export class ManagedProcess implements ServedProcess {
  readonly pid: number;
  readonly #child: Child;
  readonly #inputs = new Map<string, Socket>();
  readonly #open = new Set<string>();
  readonly #events: ProcessEvents;
  readonly #bufsize: (stream: string) => number;
  #exited = false;
  #ended = false;

  /** Starts it; throws what spawnProcess throws, and EINVAL for a bad option. */
  constructor(command: RexecCommand, env: Record<string, string | undefined>, capture: Capture, events: ProcessEvents) {
    this.#events = events;
    const options = new Map([...standard, ...command.channels].map((name) => [name, streamOptions(command.opts, name)] as const));
    this.#bufsize = (stream) => options.get(stream)?.limit ?? DEFAULT_BUFSIZE;
    const childEnv = { ...env };
    command.channels.forEach((name, i) => {
      childEnv[name] = String(standard.length + i);
    });
    const stdio: StdioSpec[] = [
      'socketpair',
      capture.stdout ? 'pipe' : 'close',
      capture.stderr ? 'pipe' : 'close',
      ...command.channels.map((): StdioSpec => 'socketpair'),
    ];
    this.#child = spawnProcess({ argv: command.cmdline, env: childEnv, cwd: command.cwd, fallbackCwd: true, pgroup: 'new', stdio });
    this.pid = this.#child.pid;
    this.#listenInput('stdin', this.#child.stdio[0]!, false);
    if (capture.stdout) this.#listenOutput('stdout', this.#child.stdio[1]!, options.get('stdout')!);
    if (capture.stderr) this.#listenOutput('stderr', this.#child.stdio[2]!, options.get('stderr')!);
    command.channels.forEach((name, i) => {
      const socket = this.#child.stdio[standard.length + i]!;
      this.#listenInput(name, socket, true);
      if (capture.channels) this.#listenOutput(name, socket, options.get(name)!);
      else socket.resume();
    });
    void this.#child.exited.then(({ status }) => this.#onExit(status));
  }

  /** True until it has exited (its output may still come). */
  get running(): boolean {
    return !this.#exited;
  }

  /** Writes to stdin or a channel. Unknown and closed streams are ignored; overflow ends the process with EOVERFLOW. */
  write(stream: string, data: Buffer): void {
    const socket = this.#inputs.get(stream);
    if (!socket || socket.writableEnded || this.#exited) return;
    if (socket.writableLength + data.length > this.#bufsize(stream)) this.#fail(new FluxError('EOVERFLOW'));
    else socket.write(data);
  }

  /** Ends stdin or a channel's input. */
  end(stream: string): void {
    this.#inputs.get(stream)?.end();
  }

  /** Signals the whole process group. Throws ESRCH when it is gone. */
  signal(signum: number): void {
    this.#child.killGroup(signum);
  }

  #listenInput(name: string, socket: Socket, readable: boolean): void {
    this.#inputs.set(name, socket);
    if (!readable) socket.resume();
    socket.on('error', (e: NodeJS.ErrnoException) => {
      if (e.code === 'EPIPE' && !this.#exited) this.#fail(new FluxError('EPIPE'));
    });
  }

  #listenOutput(name: string, socket: Socket, options: StreamOptions): void {
    this.#open.add(name);
    const buffer = new OutputBuffer(options, (data) => this.#events.onOutput(name, data));
    const finish = () => {
      if (!this.#open.delete(name) || this.#ended) return;
      buffer.flush();
      this.#events.onEof(name);
      this.#finish();
    };
    socket.on('data', (chunk: Buffer) => {
      if (!this.#ended) buffer.push(chunk);
    });
    socket.on('end', finish);
    socket.on('close', finish);
    if (socket.listenerCount('error') === 0) socket.on('error', () => {}); // close follows
  }

  #onExit(status: number): void {
    this.#exited = true;
    this.#inputs.get('stdin')?.destroy();
    if (this.#ended) return;
    this.#events.onExit(status);
    this.#finish();
  }

  #finish(): void {
    if (!this.#exited || this.#open.size > 0 || this.#ended) return;
    this.#ended = true;
    for (const socket of this.#inputs.values()) socket.destroy();
    this.#events.onComplete();
  }

  #fail(error: FluxError): void {
    if (this.#ended) return;
    this.#ended = true;
    try {
      this.signal(signals.SIGKILL);
    } catch (e) {
      if (toFluxError(e).code !== 'ESRCH') throw e;
    }
    for (const socket of this.#child.stdio) socket?.destroy();
    this.#events.onFailure(error);
  }

  /** Settles when the process itself is gone. */
  get gone(): Promise<unknown> {
    return this.#child.exited;
  }
}

interface StreamOptions {
  lineBuffered: boolean;
  limit: number;
}

/** `NAME_LINE_BUFFER` true or false, `NAME_BUFSIZE` in bytes. EINVAL for other values. */
function streamOptions(opts: Record<string, string>, name: string): StreamOptions {
  const line = opts[`${name}_LINE_BUFFER`] ?? 'true';
  const size = opts[`${name}_BUFSIZE`] ?? String(DEFAULT_BUFSIZE);
  if ((line !== 'true' && line !== 'false') || !/^\d+$/.test(size) || Number(size) === 0) throw new FluxError('EINVAL');
  return { lineBuffered: line === 'true', limit: Number(size) };
}
