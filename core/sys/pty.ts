import fs from 'node:fs';
import net from 'node:net';
import type tty from 'node:tty';
import { FluxError, isErrno } from './errors';
import { closeFd } from './fds';
import { checked, libc } from './ffi';
import { openPipeHandle } from './pipe-handle';

const O_RDWR = 2;
const O_NOCTTY = 0o400;
const O_CLOEXEC = 0o2000000;
const TIOCGPGRP = 0x540f;
const TIOCGWINSZ = 0x5413;
const TIOCSWINSZ = 0x5414;

/** Size of a terminal in characters. */
export interface WindowSize {
  rows: number;
  cols: number;
}

/**
 * A pseudo-terminal, seen from the master: what is written to `stream` is typed, what it reads was printed. Reading starts with the first
 * reader and follows pause and resume; it ends when the last process has closed the slave. Give `slave` to spawnProcess as `terminal`.
 */
export class Pty {
  /** Path of the slave, e.g. `/dev/pts/3`. */
  readonly slave: string;
  /** Descriptor of the master; the stream owns it. */
  readonly fd: number;
  readonly stream: net.Socket;

  /** Opens a new pseudo-terminal. Throws ENOSPC, EMFILE, ENOENT (no devpts). */
  constructor(size?: WindowSize) {
    const fd = checked(libc().posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
    try {
      checked(libc().grantpt(fd));
      checked(libc().unlockpt(fd));
      this.slave = slaveName(fd);
      if (size) setWindowSize(fd, size);
    } catch (e) {
      closeFd(fd);
      throw e;
    }
    this.fd = fd;
    this.stream = new MasterStream(fd);
  }

  get size(): WindowSize {
    return getWindowSize(this.fd);
  }

  /** Sets the size; the kernel sends SIGWINCH to the foreground process group if it is another than before. Throws EINVAL. */
  set size(size: WindowSize) {
    setWindowSize(this.fd, size);
  }

  /** The process group that reads from the terminal; undefined if there is none. */
  get foregroundGroup(): number | undefined {
    const group = new Int32Array(1);
    checked(libc().ioctl(this.fd, TIOCGPGRP, group));
    return group[0]! > 0 ? group[0] : undefined;
  }

  /** Closes the master: the processes on the slave get SIGHUP. */
  close(): void {
    this.stream.destroy();
  }
}

/** Size of the terminal behind a descriptor. Throws ENOTTY, EBADF. */
export function getWindowSize(fd: number): WindowSize {
  const words = new Uint16Array(4);
  checked(libc().ioctl(fd, TIOCGWINSZ, words));
  return { rows: words[0]!, cols: words[1]! };
}

/** Sets the size of the terminal behind a descriptor. Throws EINVAL (rows and cols are 0 to 65535), ENOTTY, EBADF. */
export function setWindowSize(fd: number, { rows, cols }: WindowSize): void {
  for (const n of [rows, cols]) if (!Number.isInteger(n) || n < 0 || n > 0xffff) throw new FluxError('EINVAL');
  checked(libc().ioctl(fd, TIOCSWINSZ, new Uint16Array([rows, cols, 0, 0])));
}

/** Puts our own terminal in raw mode (every key comes as it is typed, nothing is echoed); the function returned undoes it. Throws ENOTTY. */
export function rawMode(input: tty.ReadStream): () => void {
  if (!input.isTTY) throw new FluxError('ENOTTY');
  const before = input.isRaw;
  input.setRawMode(true);
  return () => {
    input.setRawMode(before);
  };
}

// Not a tty.ReadStream: that one blocks the thread when the terminal takes no more input. When nobody has the slave open any more, Linux
// gives what is still buffered and then EIO; but libuv takes the hang-up for the end of input after the first 4 KiB. So the rest is read here
// before the end is passed on.
class MasterStream extends net.Socket {
  constructor(private readonly master: number) {
    super(overHandle(master));
  }

  override push(chunk: Uint8Array | null, encoding?: BufferEncoding): boolean {
    if (chunk === null && !this.readableEnded && !this.destroyed) for (const rest of remainder(this.master)) super.push(rest);
    return super.push(chunk, encoding);
  }

  override destroy(error?: Error): this {
    if (!isErrno(error, 'EIO') || this.destroyed) return super.destroy(error);
    this.push(null);
    this.read(0);
    return this;
  }
}

// highWaterMark 0, as tty streams have it: nothing is read ahead of a reader.
function overHandle(fd: number): net.SocketConstructorOpts {
  const options = { handle: openPipeHandle(fd), allowHalfOpen: true, manualStart: true, readableHighWaterMark: 0, highWaterMark: 0 };
  return options as net.SocketConstructorOpts;
}

function* remainder(fd: number): Generator<Buffer> {
  for (;;) {
    const chunk = Buffer.allocUnsafe(4096);
    let size: number;
    try {
      size = fs.readSync(fd, chunk);
    } catch (e) {
      if (isErrno(e, 'EIO') || isErrno(e, 'EAGAIN')) return; // EAGAIN: someone has opened the slave again
      throw e;
    }
    if (size === 0) return;
    yield chunk.subarray(0, size);
  }
}

function slaveName(fd: number): string {
  const name = Buffer.alloc(128);
  const errnum = libc().ptsname_r(fd, name, name.length);
  if (errnum !== 0) throw new FluxError(errnum);
  return name.toString('utf8', 0, name.indexOf(0));
}
