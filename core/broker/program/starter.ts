import fs from 'node:fs';
import { openPipeHandle } from '../../sys/pipe-handle';

/**
 * The environment variable by which `flux start --test-size` names a socket of its broker 0 that it holds the other end of, and never writes to: its
 * end is the end of flux start, however that came.
 */
export const STARTER_FD = 'FLUX_START_FD';

/** Calls `onGone` when the flux start that has started this broker is gone; without one, never. The function returned stops watching. */
export function watchStarter(env: Readonly<Record<string, string | undefined>>, onGone: () => void): () => void {
  const fd = Number(env[STARTER_FD] ?? Number.NaN);
  if (!isSocket(fd)) return () => {};
  const handle = openPipeHandle(fd);
  let open = true;
  const close = (): void => {
    if (open) handle.close();
    open = false;
  };
  handle.onread = () => {
    close();
    onGone();
  };
  handle.unref();
  handle.readStart();
  return close;
}

/** A wrapper (`flux start --wrap`) may have closed it. */
function isSocket(fd: number): boolean {
  if (!Number.isInteger(fd) || fd <= 2) return false;
  try {
    return fs.fstatSync(fd).isSocket();
  } catch {
    return false;
  }
}
