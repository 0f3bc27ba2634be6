import fs from 'node:fs';

/** Errors of a write that nobody will read: a pipe's reader has gone, a terminal was hung up. */
const GONE = ['EPIPE', 'EIO'];

/**
 * Writes all to a descriptor before it returns; a slow reader behind one that somebody has made non-blocking is waited for, as write(2) does. False: nobody
 * reads any more. Other errors are thrown as they are.
 */
export function writeFully(fd: number, data: string | Uint8Array): boolean {
  let rest = typeof data === 'string' ? Buffer.from(data) : data;
  while (rest.length > 0) {
    try {
      rest = rest.subarray(fs.writeSync(fd, rest));
    } catch (e) {
      const { code = '' } = e as NodeJS.ErrnoException;
      if (GONE.includes(code)) return false;
      if (code !== 'EAGAIN') throw e;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    }
  }
  return true;
}
