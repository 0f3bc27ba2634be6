import fs from 'node:fs';
import { FluxError } from '../../../sys/errors';
import { writeFully } from '../../../sys/write-fully';

/** The operations that a file is open for, by the modes of fopen(3). */
export interface FileMode {
  read: boolean;
  write: boolean;
  append: boolean;
}

/** `r`, `w`, `a`, each with `+` and `b` behind it; undefined for another text. */
export function parseMode(text: string): { mode: FileMode; flags: string } | undefined {
  const [, letter, plus] = /^([rwa])(\+?)b*$/.exec(text) ?? [];
  if (letter === undefined) return undefined;
  return {
    mode: { read: letter === 'r' || plus !== '', write: letter !== 'r' || plus !== '', append: letter === 'a' },
    flags: letter + plus,
  };
}

const chunk = 8192;

/** An open file, pipe or terminal, read through a buffer and written at once, by bytes. */
export class LuaFile {
  closed = false;
  /** Read, and not yet given to anybody. */
  #unread: Buffer = Buffer.alloc(0);
  /** Where the next byte is read or written; undefined where there are no places (a pipe). */
  #position: number | undefined;

  constructor(
    readonly fd: number,
    readonly mode: FileMode,
    /** Instead of closing the descriptor; gives what Lua's close gives. */
    private readonly onClose?: () => unknown[],
    /** Instead of writing to the descriptor. */
    private readonly onWrite?: (data: Buffer) => void,
  ) {
    if (!onClose && fs.fstatSync(fd).isFile()) this.#position = 0;
  }

  /** @throws FluxError EBADF, and those of close(2) */
  close(): unknown[] {
    this.closed = true;
    if (this.onClose) return this.onClose();
    fs.closeSync(this.fd);
    return [true];
  }

  /** Gives the descriptor back, and does no more: a command at the other end may run on. */
  abandon(): void {
    this.closed = true;
    fs.closeSync(this.fd);
  }

  /** Up to `count` bytes; undefined at the end of the file. With 0: `''` if there is more. */
  bytes(count: number): Buffer | undefined {
    while (this.#unread.length < Math.max(count, 1) && this.#fill()) {}
    return this.#unread.length === 0 ? undefined : this.#take(Math.min(count, this.#unread.length));
  }

  /** A line, with its end or without; undefined at the end of the file. */
  line(keepEnd: boolean): Buffer | undefined {
    let end = this.#unread.indexOf(10);
    while (end < 0) {
      const searched = this.#unread.length;
      if (!this.#fill()) return this.#unread.length === 0 ? undefined : this.#take(this.#unread.length);
      end = this.#unread.indexOf(10, searched);
    }
    const line = this.#take(end + 1);
    return keepEnd ? line : line.subarray(0, -1);
  }

  /** All that is left. */
  rest(): Buffer {
    while (this.#fill()) {}
    return this.#take(this.#unread.length);
  }

  /** The longest text at this place, behind white space, that could become a numeral, up to 200 characters (Lua 5.3 reads it so). */
  numeral(): string {
    let text = '';
    const next = (): string => String.fromCharCode((this.bytes(0) && this.#unread[0]) ?? 0);
    const accept = (set: string): boolean => {
      const char = next();
      if (char === '\0' || !set.includes(char) || text.length >= 200) return false;
      text += this.#take(1).toString('latin1');
      return true;
    };
    while (/\s/.test(next())) this.#take(1);
    accept('+-');
    const hex = accept('0') && accept('xX');
    const digits = hex ? '0123456789abcdefABCDEF' : '0123456789';
    while (accept(digits)) {}
    if (accept('.')) while (accept(digits)) {}
    if (accept(hex ? 'pP' : 'eE')) {
      accept('+-');
      while (accept('0123456789')) {}
    }
    return text;
  }

  /** @throws FluxError EBADF, EPIPE and those of write(2) */
  write(data: Buffer): void {
    if (!this.mode.write) throw new FluxError('EBADF');
    if (this.onWrite) this.onWrite(data);
    else this.#writeAll(data);
  }

  #writeAll(data: Buffer): void {
    if (this.#position === undefined || this.mode.append) {
      if (!writeFully(this.fd, data)) throw new FluxError('EPIPE');
      if (this.#position !== undefined) this.#position = fs.fstatSync(this.fd).size;
    } else {
      for (let rest = data; rest.length > 0; ) {
        const written = fs.writeSync(this.fd, rest, 0, rest.length, this.#position);
        this.#position += written;
        rest = rest.subarray(written);
      }
    }
    this.#unread = Buffer.alloc(0);
  }

  /** The new position. @throws FluxError ESPIPE, EINVAL */
  seek(whence: 'set' | 'cur' | 'end', offset: number): number {
    if (this.#position === undefined) throw new FluxError('ESPIPE');
    const base = whence === 'set' ? 0 : whence === 'cur' ? this.#position : fs.fstatSync(this.fd).size;
    if (base + offset < 0) throw new FluxError('EINVAL');
    this.#position = base + offset;
    this.#unread = Buffer.alloc(0);
    return this.#position;
  }

  /** Reads more into the buffer; false at the end. @throws FluxError EBADF, EISDIR and those of read(2) */
  #fill(): boolean {
    if (!this.mode.read) throw new FluxError('EBADF');
    const more = Buffer.alloc(chunk);
    const at = this.#position === undefined ? null : this.#position + this.#unread.length;
    const count = fs.readSync(this.fd, more, 0, chunk, at);
    if (count > 0) this.#unread = Buffer.concat([this.#unread, more.subarray(0, count)]);
    return count > 0;
  }

  #take(count: number): Buffer {
    const taken = this.#unread.subarray(0, count);
    this.#unread = this.#unread.subarray(count);
    if (this.#position !== undefined) this.#position += count;
    return taken;
  }
}
