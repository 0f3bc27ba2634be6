import net from 'node:net';
import { checked, libc } from './ffi';

const F_GETFD = 1;
const F_SETFD = 2;
const F_GETFL = 3;
const F_SETFL = 4;
const F_DUPFD_CLOEXEC = 1030;
const FD_CLOEXEC = 1;
const O_NONBLOCK = 0o4000;
const O_CLOEXEC = 0o2000000;
const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_CLOEXEC = O_CLOEXEC;

/** close(2). Throws EBADF. */
export function closeFd(fd: number): void {
  checked(libc().close(fd));
}

/** Duplicates a descriptor with CLOEXEC, to the lowest free number that is at least `minimum`. Throws EBADF, EMFILE. */
export function dupFd(fd: number, minimum = 0): number {
  return checked(libc().fcntl(fd, F_DUPFD_CLOEXEC, minimum));
}

/** True if the descriptor is closed at exec. Throws EBADF. */
export function isCloexec(fd: number): boolean {
  return (checked(libc().fcntl(fd, F_GETFD, 0)) & FD_CLOEXEC) !== 0;
}

/** Sets or clears CLOEXEC. Throws EBADF. */
export function setCloexec(fd: number, on: boolean): void {
  checked(libc().fcntl(fd, F_SETFD, on ? FD_CLOEXEC : 0));
}

/** Sets or clears O_NONBLOCK of the open file, which all duplicates of the descriptor share. Throws EBADF. */
export function setNonblock(fd: number, on: boolean): void {
  const flags = checked(libc().fcntl(fd, F_GETFL, 0));
  const wanted = on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
  if (wanted !== flags) checked(libc().fcntl(fd, F_SETFL, wanted));
}

/** A connected pair of Unix stream sockets, both with CLOEXEC. Throws EMFILE. */
export function createSocketPair(): [number, number] {
  const fds = new Int32Array(2);
  checked(libc().socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
  return [fds[0]!, fds[1]!];
}

/** A pipe, both ends with CLOEXEC: [end to read, end to write]. Throws EMFILE. */
export function createPipe(): [number, number] {
  const fds = new Int32Array(2);
  checked(libc().pipe2(fds, O_CLOEXEC));
  return [fds[0]!, fds[1]!];
}

/**
 * A Node stream over a socket or pipe that is open already, e.g. PMI_FD. The stream owns the descriptor, makes it non-blocking, and with
 * `allowHalfOpen` (the default) an end of input does not end output. For one direction of a pipe name it in `direction`.
 */
export function streamFromFd(fd: number, direction: 'both' | 'read' | 'write' = 'both'): net.Socket {
  return new net.Socket({ fd, readable: direction !== 'write', writable: direction !== 'read', allowHalfOpen: true });
}
