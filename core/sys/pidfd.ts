import { FluxError, isErrno } from './errors';
import { checked, lastErrno, libc } from './ffi';
import { openPipeHandle } from './pipe-handle';
import { decodeStatus, decodeUsage, type ExitStatus, type ResourceUsage } from './waitstatus';

const SYS_pidfd_open = 434; // the same on every architecture
const WNOHANG = 1;

/** A child that a debugger traces can't be reaped before the debugger has done so, and nothing tells when: it is tried again after these ms. */
const tracedRetry = 20;

/** Children that are watched in this thread, by pid: the function reaps one that has ended, and tells its watcher. */
const watched = new Map<number, () => void>();

/** Exit of a child with what it used. */
export interface ChildExit extends ExitStatus {
  usage: ResourceUsage;
}

/** A watch for the end of a process. It keeps the event loop alive unless `unref` is called. */
export interface ExitWatch {
  ref(): void;
  unref(): void;
  /** Stops watching. A child that ends later stays a zombie until someone waits for it. */
  close(): void;
}

/**
 * Calls `onExit` once when the child has ended, and reaps it: that pid only, so nobody else's child is stolen. No SIGCHLD, no polling; works
 * in any thread. Throws ENOSYS before Linux 5.3, ESRCH if there is no such process, EMFILE.
 */
export function watchExit(pid: number, onExit: (exit: ChildExit) => void): ExitWatch {
  let retry: NodeJS.Timeout | undefined;
  const end = (): void => {
    const exit = reap(pid);
    if (exit === undefined) {
      retry = setTimeout(end, tracedRetry);
      return;
    }
    clearTimeout(retry);
    watched.delete(pid);
    onExit(exit);
  };
  const handle = watchPidfd(pid, end);
  watched.set(pid, () => {
    handle.close();
    end();
  });
  const close = (): void => {
    clearTimeout(retry);
    watched.delete(pid);
    handle.close();
  };
  return { ref: () => handle.ref(), unref: () => handle.unref(), close };
}

/** For a subreaper: if the child is watched in this thread, does now what its watch would do, and returns true. The child must have ended. */
export function finishWatch(pid: number): boolean {
  const finish = watched.get(pid);
  finish?.();
  return finish !== undefined;
}

/** Resolves when the process has ended, be it a child (which is not reaped) or not; at once if there is none. Throws as {@link watchExit}. */
export function processGone(pid: number): Promise<void> {
  return new Promise((resolve, reject) => {
    try {
      watchPidfd(pid, resolve);
    } catch (e) {
      if (isErrno(e, 'ESRCH')) resolve();
      else reject(e);
    }
  });
}

/** Reaps the child if it has ended; undefined if it still runs. Throws ECHILD if it is no child of this process or reaped already. */
export function reap(pid: number): ChildExit | undefined {
  return wait(pid, WNOHANG);
}

/** Waits for the child, blocking the thread: for one that was just sent SIGKILL, or that synchronous code runs. */
export function reapBlocking(pid: number): ChildExit {
  return wait(pid, 0)!;
}

function wait(pid: number, options: number): ChildExit | undefined {
  const status = new Int32Array(1);
  const usage = new BigInt64Array(18);
  for (;;) {
    const found = libc().wait4(pid, status, options, usage);
    if (found === 0) return undefined;
    if (found === pid) return { ...decodeStatus(status[0]!), usage: decodeUsage(usage) };
    if (lastErrno() !== 4) checked(found); // EINTR
  }
}

// A libuv stream polls any descriptor, and a pidfd becomes readable when its process ends: reading it then fails with EINVAL, which is
// all the news there is.
function watchPidfd(pid: number, onReadable: () => void): ExitWatch {
  const fd = libc().syscall(SYS_pidfd_open, pid, 0, 0);
  if (fd === -1) throw pidfdError();
  const handle = openPipeHandle(fd);
  handle.onread = () => {
    handle.close();
    onReadable();
  };
  handle.readStart();
  return handle;
}

function pidfdError(): FluxError {
  const errnum = lastErrno();
  return errnum === 38
    ? new FluxError('ENOSYS', 'pidfd_open: this kernel is too old, Linux 5.3 or later is needed')
    : new FluxError(errnum);
}
