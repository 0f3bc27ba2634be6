import fs from 'node:fs';
import { FluxError } from './errors';
import { isCloexec, setCloexec, setNonblock } from './fds';
import { lastErrno, libc, stringArray } from './ffi';
import { searchPath } from './pathsearch';
import { signals } from './signals';

const SIG_DFL = 0;
const SIG_IGN = 1;
const SIG_SETMASK = 2;

/** How to replace this process. */
export interface ExecOptions {
  /** The program, where it is not argv[0]; searched in PATH if it has no slash. */
  file?: string;
  /** The whole environment; default: process.env. argv[0] is searched in its PATH. */
  env?: Readonly<Record<string, string | undefined>>;
  /** Descriptors that the program keeps beside 0–2; default: {@link inheritedFds}. */
  keepFds?: readonly number[];
}

/**
 * Replaces this process by a program, as execvp(3): same pid, directory, limits, controlling terminal. Nothing of this process runs after it:
 * write out what is to be written before. Main thread only. Returns only by a throw, with everything as it was: ENOENT, EACCES, E2BIG …
 */
export function execProcess(argv: readonly string[], options: ExecOptions = {}): never {
  if (argv.length === 0) throw new FluxError('EINVAL', 'empty argv');
  const env = options.env ?? process.env;
  const strings = Object.entries(env).flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${value}`]));
  const envp = stringArray(strings);
  const restore = prepare(options.keepFds ?? inheritedFds());
  try {
    return searchPath(options.file ?? argv[0]!, { path: env['PATH'] }, (file) => execFile(file, argv, envp));
  } finally {
    restore();
  }
}

/**
 * The descriptors from 3 on that this process got from its parent, as far as can be told: Node marks all of them CLOEXEC at its start
 * and opens some of its own, which are anonymous inodes, or pipes and sockets that have both their ends here, or character devices.
 */
export function inheritedFds(): number[] {
  const targets = new Map<number, string>();
  for (const name of fs.readdirSync('/proc/self/fd')) {
    const target = readLink(`/proc/self/fd/${name}`);
    if (target !== undefined && Number(name) > 2) targets.set(Number(name), target);
  }
  const count = (target: string): number => [...targets.values()].filter((t) => t === target).length;
  return [...targets].filter(([, target]) => !isNodes(target) && !(target.startsWith('pipe:') && count(target) > 1)).map(([fd]) => fd);
}

const isNodes = (target: string): boolean => target.startsWith('anon_inode:') || target === '/dev/null' || target.startsWith('/proc/');

// The descriptor of the listing itself is gone by now.
function readLink(path: string): string | undefined {
  try {
    return fs.readlinkSync(path);
  } catch {
    return undefined;
  }
}

function execFile(file: string, argv: readonly string[], envp: Buffer): never {
  libc().execve(file, stringArray(argv), envp);
  const errnum = lastErrno();
  if (errnum !== 8) throw new FluxError(errnum);
  // ENOEXEC: a script without #!, which execvp gives to the shell
  libc().execve('/bin/sh', stringArray(['/bin/sh', file, ...argv.slice(1)]), envp);
  throw new FluxError(lastErrno());
}

// Undoes what Node did to the process at its start: see design, "Processes".
function prepare(keepFds: readonly number[]): () => void {
  const opened = [0, 1, 2, ...keepFds].filter((fd) => fs.existsSync(`/proc/self/fd/${fd}`) && isCloexec(fd));
  for (const fd of opened) setCloexec(fd, false);
  for (const fd of [0, 1, 2]) if (fs.existsSync(`/proc/self/fd/${fd}`)) setNonblock(fd, false);
  const mask = Buffer.alloc(128);
  libc().pthread_sigmask(SIG_SETMASK, Buffer.alloc(128), mask);
  const handlers = [signals.SIGPIPE, signals.SIGXFSZ].map((signum) => [signum, Number(libc().signal(signum, SIG_DFL))] as const);
  return () => {
    for (const [signum, handler] of handlers) libc().signal(signum, handler === SIG_DFL ? SIG_DFL : SIG_IGN);
    libc().pthread_sigmask(SIG_SETMASK, mask, null);
    for (const fd of opened) setCloexec(fd, true);
  };
}
