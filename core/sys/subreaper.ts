import { isMainThread } from 'node:worker_threads';
import { FluxError } from './errors';
import { checked, libc } from './ffi';
import { type ChildExit, finishWatch, reap } from './pidfd';

const PR_SET_CHILD_SUBREAPER = 36;
const P_ALL = 0;
const WNOHANG = 1;
const WEXITED = 4;
const WNOWAIT = 0x01000000;
const WNOTHREAD = 0x20000000; // __WNOTHREAD: children of the calling thread only
const siginfoPid = 4; // si_pid of a waitid siginfo_t, in 32-bit words

/**
 * Makes this process the parent of its descendants' orphans (prctl PR_SET_CHILD_SUBREAPER), so that none escapes to init, and reaps them as
 * they end; `onOrphan` is told. Children of spawnProcess keep their own watch. Main thread only (EINVAL); nothing else in the process
 * may have children that it started by other means. The function returned stops both.
 */
export function becomeSubreaper(onOrphan: (pid: number, exit: ChildExit) => void = () => {}): () => void {
  if (!isMainThread) throw new FluxError('EINVAL', 'a subreaper works in the main thread');
  checked(libc().prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0));
  const listener = (): void => reapOrphans(onOrphan);
  process.on('SIGCHLD', listener);
  return () => {
    process.off('SIGCHLD', listener);
    checked(libc().prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0));
  };
}

// SIGCHLDs merge, so each takes all zombies there are. The kernel shows the first one only: a watched one is finished here, early.
function reapOrphans(onOrphan: (pid: number, exit: ChildExit) => void): void {
  for (let pid = firstZombie(); pid !== 0; pid = firstZombie()) {
    if (finishWatch(pid)) continue;
    const exit = reap(pid);
    if (exit) onOrphan(pid, exit);
  }
}

function firstZombie(): number {
  const info = new Int32Array(32);
  if (libc().waitid(P_ALL, 0, info, WEXITED | WNOHANG | WNOWAIT | WNOTHREAD) === -1) return 0; // ECHILD: no children
  return info[siginfoPid]!;
}
