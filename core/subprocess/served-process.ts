/** An entry in the remote exec service's list: a process of its own, or a run in a host's. */
export interface ServedProcess {
  /** A process id; of a hosted run a number above all that the kernel gives. */
  readonly pid: number;
  /** True until it has exited (its output may still come). */
  readonly running: boolean;
  /** Settles when the process itself is gone. */
  readonly gone: Promise<unknown>;
  /** Writes to stdin or a channel; unknown and closed streams are ignored. */
  write(stream: string, data: Buffer): void;
  /** Ends stdin or a channel's input. */
  end(stream: string): void;
  /** Signals the whole process group. Throws ESRCH when it is gone, EINVAL. */
  signal(signum: number): void;
}
