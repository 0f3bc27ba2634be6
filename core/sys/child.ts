import type net from 'node:net';
import { FluxError } from './errors';
import type { ChildExit, ExitWatch } from './pidfd';
import { kill, killGroup } from './signals';

/** A process that was started here. */
export class Child {
  /** Resolves when the process has ended and is reaped; its output may still have to be read. Never rejects. */
  readonly exited: Promise<ChildExit>;
  private watch: ExitWatch | undefined;

  /** For core/sys/spawn: `watchExit` is given what to call when the child has ended. */
  constructor(
    readonly pid: number,
    /** Our ends of `pipe` and `socketpair`, by the child's descriptor; null for others. */
    readonly stdio: readonly (net.Socket | null)[],
    /** Process group, if the child was put in one of its own or a named one. */
    readonly pgid: number | undefined,
    watchExit: (onExit: (exit: ChildExit) => void) => ExitWatch,
  ) {
    let resolve: (exit: ChildExit) => void = () => {};
    this.exited = new Promise((r) => {
      resolve = r;
    });
    this.watch = watchExit((exit) => {
      this.watch = undefined;
      resolve(exit);
    });
  }

  get stdin(): net.Socket | null {
    return this.stdio[0] ?? null;
  }

  get stdout(): net.Socket | null {
    return this.stdio[1] ?? null;
  }

  get stderr(): net.Socket | null {
    return this.stdio[2] ?? null;
  }

  /** True until the child is reaped. */
  get running(): boolean {
    return this.watch !== undefined;
  }

  /** Signals the process. Throws ESRCH if it has ended, EPERM, EINVAL. */
  kill(signal: number): void {
    if (!this.running) throw new FluxError('ESRCH'); // the pid may be another's by now
    kill(this.pid, signal);
  }

  /** Signals all of its process group, also after the leader's end. Throws ESRCH if none is left, EPERM, EINVAL if it has no group of its own. */
  killGroup(signal: number): void {
    if (this.pgid === undefined) throw new FluxError('EINVAL', 'process has no group of its own');
    killGroup(this.pgid, signal);
  }

  /** Closes our ends of its descriptors. Whoever spawned it does so at the end, as streams for writing and sockets don't close by themselves. */
  closeStdio(): void {
    for (const stream of this.stdio) stream?.destroy();
  }

  /** Lets the event loop end while the child runs. */
  unref(): void {
    this.watch?.unref();
  }

  /** Undoes {@link unref}. */
  ref(): void {
    this.watch?.ref();
  }
}
