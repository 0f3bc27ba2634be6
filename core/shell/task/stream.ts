import type net from 'node:net';
import type { ChannelOptions } from '../../plugin/types/shell-objects';
import { FluxError } from '../../sys/errors';
import { LineSplitter } from './line-splitter';

const DEFAULT_BUFFER = 4 * 1024 * 1024;

type OutputHandler = (data: Buffer | null) => void;

/** One stream of a task: stdin (written), stdout and stderr (read), or a channel (both). */
export class TaskStream {
  readonly #name: string;
  readonly #readable: boolean;
  #options: Required<ChannelOptions>;
  #splitter: LineSplitter | undefined;
  #handler: OutputHandler | undefined;
  #socket: net.Socket | undefined;
  #paused = false;
  readonly #preceding: Buffer[] = [];
  /** Chunks that came while the stream is paused. */
  #waiting: (Buffer | null)[] = [];
  #eof = false;
  #resolveEof: () => void = () => {};
  /** Resolves when EOF was read and handed over. */
  readonly eof = new Promise<void>((resolve) => {
    this.#resolveEof = resolve;
  });

  constructor(name: string, readable: boolean, options: ChannelOptions = {}) {
    this.#name = name;
    this.#readable = readable;
    this.#options = { lines: true, bufferSize: DEFAULT_BUFFER, ...options };
    if (!readable) this.#resolveEof();
  }

  configure(options: ChannelOptions): void {
    this.#options = { ...this.#options, ...options };
  }

  /** @throws FluxError EEXIST if it is taken */
  onOutput(handler: OutputHandler): () => void {
    if (this.#handler) throw new FluxError('EEXIST', `${this.#name} is taken`);
    this.#handler = handler;
    return () => {
      if (this.#handler === handler) this.#handler = undefined;
    };
  }

  /** Before the task runs: what is read before all that it writes. */
  precede(data: Buffer): void {
    this.#preceding.push(data);
  }

  /** The task runs: this is our end of the stream. */
  connect(socket: net.Socket): void {
    this.#socket = socket;
    socket.on('error', () => socket.destroy()); // writers learn of it; for readers it is the end, which close tells
    if (!this.#readable) {
      socket.resume();
      return;
    }
    this.#readPreceding();
    socket.on('data', (data: Buffer) => this.#take(data));
    socket.on('end', () => this.#end());
    socket.on('close', () => this.#end());
    if (this.#paused) socket.pause();
  }

  /** There is nothing to read: the end comes at once (the task's stdio is a terminal). */
  connectNothing(): void {
    if (!this.#readable) return;
    this.#readPreceding();
    this.#end();
  }

  pause(): void {
    this.#paused = true;
    this.#socket?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#deliver();
    if (!this.#paused) this.#socket?.resume();
  }

  write(data: Buffer | string): Promise<void> {
    const socket = this.#socket;
    return new Promise((resolve, reject) => {
      if (!socket?.writable) reject(new FluxError('EPIPE'));
      else socket.write(data, (e) => (e ? reject(new FluxError('EPIPE', undefined, { cause: e })) : resolve()));
    });
  }

  /** EOF for the task. */
  end(): void {
    this.#socket?.end();
  }

  /** Nobody wants to hear of it any more, of its end neither. */
  destroy(): void {
    this.#eof = true;
    this.#handler = undefined;
    this.#socket?.destroy();
  }

  #readPreceding(): void {
    this.#splitter = new LineSplitter(this.#options.lines, this.#options.bufferSize);
    for (const data of this.#preceding.splice(0)) this.#take(data);
  }

  #take(data: Buffer): void {
    for (const chunk of this.#splitter!.push(data)) this.#waiting.push(chunk);
    this.#deliver();
  }

  #end(): void {
    if (this.#eof) return;
    this.#eof = true;
    const rest = this.#splitter?.end();
    if (rest) this.#waiting.push(rest);
    this.#waiting.push(null);
    this.#deliver();
  }

  #deliver(): void {
    while (!this.#paused && this.#waiting.length > 0) {
      const chunk = this.#waiting.shift()!;
      this.#handler?.(chunk);
      if (chunk === null) this.#resolveEof();
    }
  }
}
