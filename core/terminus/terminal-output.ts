import fs from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { isErrno } from '../sys/errors';
import { setNonblock } from '../sys/fds';
import type { Pty } from '../sys/pty';

const CHUNK = 4096; // bytes; the longest `data` of the protocol

/** The output of a pseudo-terminal as text, read only while somebody wants it: otherwise it stays in the kernel, and its writers wait. */
export class TerminalOutput {
  readonly #pty: Pty;
  readonly #deliver: (text: string) => void;
  /** Keeps the parts of a character together that arrive apart. */
  readonly #decoder = new StringDecoder('utf8');
  readonly #onData = (chunk: Buffer) => this.#decode(chunk);

  constructor(pty: Pty, deliver: (text: string) => void) {
    this.#pty = pty;
    this.#deliver = deliver;
  }

  start(): void {
    if (this.#pty.stream.listenerCount('data') === 0) this.#pty.stream.on('data', this.#onData);
    this.#pty.stream.resume();
  }

  stop(): void {
    this.#pty.stream.pause();
  }

  /** Delivers all that has been written until now. Linux has it ready: a read that finds nothing first moves on what is under way. */
  drain(): void {
    const { stream, fd } = this.#pty;
    this.start();
    setNonblock(fd, true); // libuv leaves a master blocking
    while (stream.read() !== null); // what came after stop(); delivered by the listener
    for (let chunk = readAvailable(fd); chunk; chunk = readAvailable(fd)) this.#decode(chunk);
    const rest = this.#decoder.end();
    if (rest) this.#deliver(rest);
  }

  #decode(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; at += CHUNK) {
      const text = this.#decoder.write(bytes.subarray(at, at + CHUNK));
      if (text) this.#deliver(text);
    }
  }
}

function readAvailable(fd: number): Buffer | undefined {
  const chunk = Buffer.allocUnsafe(CHUNK);
  try {
    const size = fs.readSync(fd, chunk);
    return size > 0 ? chunk.subarray(0, size) : undefined;
  } catch (e) {
    if (isErrno(e, 'EAGAIN') || isErrno(e, 'EIO')) return undefined; // nothing there; nobody has the terminal open
    throw e;
  }
}
