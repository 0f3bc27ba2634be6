import { isErrno } from '../../sys/errors';
import { killGroup } from '../../sys/signals';
import type { Child } from '../../sys/spawn';

/**
 * The process group that the tasks of a hosted shell share, as those of a shell with a process of its own are in the shell's. Its first task leads it; a
 * task that starts when the leader is gone leads another.
 */
export class TaskGroup {
  readonly #report: (pgid: number, exists: boolean) => void;
  readonly #pgids = new Set<number>();
  #running = 0;
  #leader: Child | undefined;

  /** `report` is told of each group before its first task counts as started, and when nobody is left in it while tasks go on elsewhere. */
  constructor(report: (pgid: number, exists: boolean) => void) {
    this.#report = report;
  }

  /** Where the next task belongs. The number of a leader that is not reaped yet can't be another's. */
  get next(): 'new' | number {
    return this.#leader?.running ? this.#leader.pid : 'new';
  }

  /** A task has been started there. */
  started(child: Child): void {
    if (child.pgid === child.pid) {
      this.#leader = child;
      this.#pgids.add(child.pid);
      this.#report(child.pid, true);
    }
    this.#running++;
    void child.exited.then(() => {
      if (--this.#running > 0) this.#look(); // with the last task the shell ends, which says it all
    });
  }

  #look(): void {
    for (const pgid of this.#pgids) {
      if (groupExists(pgid)) continue;
      this.#pgids.delete(pgid);
      this.#report(pgid, false);
    }
  }
}

function groupExists(pgid: number): boolean {
  try {
    killGroup(pgid, 0);
    return true;
  } catch (e) {
    return !isErrno(e, 'ESRCH');
  }
}
