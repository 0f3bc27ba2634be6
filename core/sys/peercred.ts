import type net from 'node:net';
import { FluxError } from './errors';
import { checked, libc } from './ffi';

const SOL_SOCKET = 1;
const SO_PEERCRED = 17;

/** Process, user and group at the other end of a Unix socket, as they were when it connected. */
export interface PeerCredentials {
  pid: number;
  uid: number;
  gid: number;
}

/** Credentials of the peer of a connected Unix socket (SO_PEERCRED, unix(7)). Throws EBADF if it is closed, EINVAL if it is no such socket. */
export function peerCredentials(socket: net.Socket | number): PeerCredentials {
  const fd = typeof socket === 'number' ? socket : socketFd(socket);
  const ucred = new Int32Array(3);
  checked(libc().getsockopt(fd, SOL_SOCKET, SO_PEERCRED, ucred, new Int32Array([ucred.byteLength])));
  const [pid, uid, gid] = new Uint32Array(ucred.buffer);
  if (uid === 0xffffffff) throw new FluxError('EINVAL', 'not a connected Unix socket');
  return { pid: pid!, uid: uid!, gid: gid! };
}

/** Descriptor of a socket. Throws EBADF if it is closed. */
export function socketFd(socket: net.Socket): number {
  const fd = (socket as unknown as { _handle: { fd?: number } | null })._handle?.fd;
  if (fd === undefined || fd < 0) throw new FluxError('EBADF');
  return fd;
}
