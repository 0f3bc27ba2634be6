import { FluxError } from './errors';

/** Bytes that the name of a UNIX socket may have (unix(7)), without the NUL. */
export const MAX_SOCKET_PATH = 107;

/** Refuses a longer one, which Node would cut: the socket would have another name, perhaps somebody else's. ENAMETOOLONG. */
export function checkSocketPath(path: string): string {
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH) throw new FluxError('ENAMETOOLONG');
  return path;
}
