import fs from 'node:fs';
import type net from 'node:net';
import { FluxError } from './errors';
import { closeFd, createPipe, createSocketPair, dupFd, setNonblock, streamFromFd } from './fds';

/**
 * A descriptor of a child: `ignore` is /dev/null; `inherit` ours of the same number; `pipe` a pipe to us (0: we write, others: we read);
 * `socketpair` a socket for both directions; `{fd}` a copy of that descriptor of ours; `close` none.
 */
export type StdioSpec = 'ignore' | 'inherit' | 'pipe' | 'socketpair' | 'close' | { fd: number };

type Direction = 'both' | 'read' | 'write';

const O_RDWR = 2;

/** Actions on descriptors for posix_spawn(3), and the ends that stay here until the child has its own. */
export class StdioPlan {
  /** dup2(fd, target), in this order. No target is a later fd, as far as these differ. */
  readonly duplicates: { fd: number; target: number }[] = [];
  /** open(path) as target, after the duplicates. */
  readonly opened: { target: number; path: string; flags: number }[] = [];
  /** dup2(fd, target) of what was opened. */
  readonly copies: { fd: number; target: number }[] = [];
  /** Descriptors of the child that are closed. */
  readonly closed: number[] = [];
  /** Number of descriptors that were named: all from here on are closed. */
  readonly size: number;
  private readonly childEnds: number[] = [];
  private readonly parentEnds: ({ fd: number; direction: Direction } | undefined)[] = [];

  constructor(
    specs: readonly (StdioSpec | undefined)[],
    private readonly terminal: string | undefined,
  ) {
    this.size = Math.max(3, specs.length);
    try {
      for (let target = 0; target < this.size; target++) {
        const spec = specs[target] ?? (target < 3 ? 'ignore' : 'close');
        if (terminal === undefined || target > 2) this.add(spec, target);
        else if (specs[target] !== undefined) throw new FluxError('EINVAL', 'stdio 0-2 given with a terminal');
      }
    } catch (e) {
      this.dispose();
      throw e;
    }
    // The first terminal that a session leader opens becomes its controlling terminal.
    if (terminal !== undefined) {
      this.opened.push({ target: 0, path: terminal, flags: O_RDWR });
      this.copies.push({ fd: 0, target: 1 }, { fd: 0, target: 2 });
    }
  }

  /** Writes text to what the child will have as stderr. Nothing is written if that is closed or ignored. */
  writeToStderr(text: string): void {
    const duplicate = this.duplicates.find(({ target }) => target === 2);
    if (duplicate) {
      fs.writeSync(duplicate.fd, text);
    } else if (this.terminal !== undefined) {
      const fd = fs.openSync(this.terminal, fs.constants.O_WRONLY | fs.constants.O_NOCTTY);
      fs.writeSync(fd, text);
      fs.closeSync(fd);
    }
  }

  /** Our ends as streams; they are the caller's from now on. */
  parentStreams(): (net.Socket | null)[] {
    const streams: (net.Socket | null)[] = [];
    for (let i = 0; i < this.size; i++) {
      const end = this.parentEnds[i];
      this.parentEnds[i] = undefined;
      streams.push(end ? streamFromFd(end.fd, end.direction) : null);
    }
    return streams;
  }

  /** Closes the child's ends, and ours where no stream was made of them. */
  dispose(): void {
    for (const fd of this.childEnds.splice(0)) closeFd(fd);
    for (const end of this.parentEnds.splice(0)) if (end) closeFd(end.fd);
  }

  private add(spec: StdioSpec, target: number): void {
    if (spec === 'close') this.closed.push(target);
    else if (spec === 'ignore') this.opened.push({ target, path: '/dev/null', flags: O_RDWR });
    else if (spec === 'inherit') this.inherit(target);
    else if (spec === 'pipe') this.connect(target, createPipe(), target === 0 ? 'write' : 'read');
    else if (spec === 'socketpair') this.connect(target, createSocketPair(), 'both');
    else this.duplicate(spec.fd, target);
  }

  // A descriptor that is a later target would be overwritten before its turn: it is moved out of the way.
  private duplicate(fd: number, target: number): void {
    if (fd !== target && fd < this.size) {
      fd = dupFd(fd, this.size);
      this.childEnds.push(fd);
    }
    this.duplicates.push({ fd, target });
  }

  private inherit(target: number): void {
    // Node makes its own stdio non-blocking once it is used; programs don't expect that (libuv does the same at its spawn)
    if (target < 3) setNonblock(target, false);
    this.duplicate(target, target);
  }

  private connect(target: number, pair: [number, number], direction: Direction): void {
    const [ours, theirs] = direction === 'write' ? [pair[1], pair[0]] : pair;
    this.parentEnds[target] = { fd: ours, direction };
    this.childEnds.push(theirs);
    this.duplicate(theirs, target);
  }
}
