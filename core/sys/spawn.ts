import fs from 'node:fs';
import type net from 'node:net';
import { withAffinity } from './affinity';
import { Child } from './child';
import { FluxError } from './errors';
import { hasLibc, lastErrno, libc, stringArray } from './ffi';
import { searchPath } from './pathsearch';
import { reapBlocking, watchExit } from './pidfd';
import { kill, signals } from './signals';
import { StdioPlan, type StdioSpec } from './stdio';
import { strerror } from './strerror';
import type { ExitStatus } from './waitstatus';

export { Child } from './child';
export type { ChildExit } from './pidfd';
export type { StdioSpec } from './stdio';

/** How to run a program. */
export interface SpawnOptions {
  /** argv[0] without a slash is searched in `env.PATH`, as execvp(3) does; a relative path with one refers to `cwd`. */
  argv: readonly string[];
  /** The program to run, if it is not argv[0]: a path, or a name that is searched in PATH. */
  file?: string;
  /** The whole environment. Keys without a value are left out. */
  env: Readonly<Record<string, string | undefined>>;
  /** Working directory; default: this process's. */
  cwd?: string;
  /** If `cwd` can't be entered, say so on the child's stderr and run in /tmp, instead of an error. */
  fallbackCwd?: boolean;
  /** The child's descriptors, by number. Missing entries: 0–2 are ignored, those above are closed. */
  stdio?: readonly (StdioSpec | undefined)[];
  /** `'new'`: leader of a process group of its own; a number: joins that group; undefined: stays in ours. */
  pgroup?: 'new' | number;
  /** setsid(2): leader of a session (and group) of its own, without a controlling terminal. */
  session?: boolean;
  /** Path of a terminal (pty slave) that becomes 0–2 and the controlling terminal; implies `session`. `stdio[0..2]` must be absent. */
  terminal?: string;
  /** CPUs the child may run on. */
  affinity?: readonly number[];
}

const X_OK = 1;
const POSIX_SPAWN_SETPGROUP = 0x02;
const POSIX_SPAWN_SETSIGDEF = 0x04;
const POSIX_SPAWN_SETSIGMASK = 0x08;
const POSIX_SPAWN_SETSID = 0x80;
const structSize = 512; // posix_spawnattr_t has 336 bytes, posix_spawn_file_actions_t 80

/**
 * Starts a program by posix_spawn(3): 0.5 ms however large the heap, where a fork costs milliseconds. The child has default signal
 * dispositions (Node ignores SIGPIPE and SIGXFSZ), an empty signal mask, no descriptors but those named, and this process's umask and limits.
 * A script without `#!` is run by /bin/sh. Throws FluxError before anything runs: ENOENT, EACCES, ENOTDIR (program or cwd), E2BIG,
 * EMFILE, EAGAIN, EINVAL (affinity, argv). Works in any thread.
 */
export function spawnProcess(options: SpawnOptions): Child {
  if (options.argv.length === 0) throw new FluxError('EINVAL', 'empty argv');
  const cwd = enterable(options);
  const plan = new StdioPlan(options.stdio ?? [], options.terminal);
  try {
    if (cwd.warning !== undefined) plan.writeToStderr(cwd.warning);
    const start = () => execute(options, cwd.path, plan);
    const pid = options.affinity ? withAffinity(options.affinity, start) : start();
    return adopt(pid, plan, groupOf(options, pid));
  } finally {
    plan.dispose();
  }
}

/** A child for whose end this thread waits. */
export interface BlockingChild {
  readonly pid: number;
  /** Blocks until it has ended. To be called once. */
  wait(): ExitStatus;
}

/** Starts a program as {@link spawnProcess} does, for one who can't await: its `stdio` must not be `pipe` or `socketpair`. Throws as that does. */
export function spawnBlocking(options: SpawnOptions): BlockingChild {
  const plan = new StdioPlan(options.stdio ?? [], options.terminal);
  try {
    const pid = execute(options, enterable(options).path, plan);
    return { pid, wait: () => reapBlocking(pid) };
  } finally {
    plan.dispose();
  }
}

// A child that can't be watched must not run.
function adopt(pid: number, plan: StdioPlan, pgid: number | undefined): Child {
  const stdio: (net.Socket | null)[] = [];
  try {
    stdio.push(...plan.parentStreams());
    return new Child(pid, stdio, pgid, (onExit) => watchExit(pid, onExit));
  } catch (e) {
    for (const stream of stdio) stream?.destroy();
    kill(pid, signals.SIGKILL);
    reapBlocking(pid);
    throw e;
  }
}

function groupOf(options: SpawnOptions, pid: number): number | undefined {
  if (options.session || options.terminal !== undefined || options.pgroup === 'new') return pid;
  return options.pgroup;
}

function enterable({ cwd, fallbackCwd }: SpawnOptions): { path: string | undefined; warning?: string } {
  if (cwd === undefined) return { path: undefined };
  const errnum = accessErrno(cwd);
  if (errnum !== 0 && !fallbackCwd) throw new FluxError(errnum);
  return enterableDirectory(cwd);
}

/** The directory, or /tmp if it can't be entered, and what is then said about it on the program's stderr (`fallbackCwd`). */
export function enterableDirectory(cwd: string): { path: string; warning?: string } {
  const errnum = accessErrno(cwd);
  if (errnum === 0) return { path: cwd };
  return { path: '/tmp', warning: `Could not change dir to ${cwd}: ${strerror(errnum)}. Going to /tmp instead\n` };
}

const accessErrno = (cwd: string): number => (libc().access(cwd && `${cwd}/.`, X_OK) === 0 ? 0 : lastErrno());

function execute(options: SpawnOptions, cwd: string | undefined, plan: StdioPlan): number {
  const actions = fileActions(plan, cwd);
  try {
    const attributes = spawnAttributes(options);
    const envp = stringArray(environmentStrings(options.env));
    const argv = stringArray(options.argv);
    const run = (file: string): number => spawnFile(file, options.argv, argv, envp, actions, attributes);
    return searchPath(options.file ?? options.argv[0]!, { path: options.env['PATH'], cwd }, run);
  } finally {
    libc().posix_spawn_file_actions_destroy(actions);
  }
}

function spawnFile(file: string, args: readonly string[], argv: Buffer, envp: Buffer, actions: Buffer, attributes: Buffer): number {
  const pid = new Int32Array(1);
  const errnum = libc().posix_spawn(pid, file, actions, attributes, argv, envp);
  if (errnum === 0) return pid[0]!;
  if (errnum !== 8) throw new FluxError(errnum);
  // ENOEXEC: not a binary and no #!, so execvp takes it for a shell script
  const shellArgv = stringArray(['/bin/sh', file, ...args.slice(1)]);
  const shellErrnum = libc().posix_spawn(pid, '/bin/sh', actions, attributes, shellArgv, envp);
  if (shellErrnum !== 0) throw new FluxError(shellErrnum);
  return pid[0]!;
}

/** NAME=VALUE of each variable, as the program gets them. */
export function environmentStrings(env: SpawnOptions['env']): string[] {
  const strings: string[] = [];
  for (const key in env) {
    const value = env[key];
    if (value !== undefined) strings.push(`${key}=${value}`);
  }
  return strings;
}

function spawnAttributes({ session, terminal, pgroup }: SpawnOptions): Buffer {
  const attributes = Buffer.alloc(structSize);
  const everySignal = Buffer.alloc(128, 0xff);
  const noSignal = Buffer.alloc(128);
  let flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
  libc().posix_spawnattr_init(attributes);
  libc().posix_spawnattr_setsigdefault(attributes, everySignal);
  libc().posix_spawnattr_setsigmask(attributes, noSignal);
  if (session || terminal !== undefined) {
    flags |= POSIX_SPAWN_SETSID;
  } else if (pgroup !== undefined) {
    flags |= POSIX_SPAWN_SETPGROUP;
    libc().posix_spawnattr_setpgroup(attributes, pgroup === 'new' ? 0 : pgroup);
  }
  libc().posix_spawnattr_setflags(attributes, flags);
  return attributes;
}

function fileActions(plan: StdioPlan, cwd: string | undefined): Buffer {
  const actions = Buffer.alloc(structSize);
  libc().posix_spawn_file_actions_init(actions);
  // dup2 of a descriptor onto itself clears CLOEXEC in the child (glibc 2.29): Node sets it on 0–2
  for (const { fd, target } of plan.duplicates) libc().posix_spawn_file_actions_adddup2(actions, fd, target);
  for (const { target, path, flags } of plan.opened) libc().posix_spawn_file_actions_addopen(actions, target, path, flags, 0);
  for (const { fd, target } of plan.copies) libc().posix_spawn_file_actions_adddup2(actions, fd, target);
  for (const fd of plan.closed) libc().posix_spawn_file_actions_addclose(actions, fd);
  closeFrom(actions, plan.size);
  if (cwd !== undefined) libc().posix_spawn_file_actions_addchdir_np(actions, cwd);
  return actions;
}

function closeFrom(actions: Buffer, first: number): void {
  if (hasLibc('posix_spawn_file_actions_addclosefrom_np')) {
    libc().posix_spawn_file_actions_addclosefrom_np(actions, first);
    return;
  }
  // before glibc 2.34: what Node opens has CLOEXEC, so this is for what it inherited
  for (const name of fs.readdirSync('/proc/self/fd'))
    if (Number(name) >= first) libc().posix_spawn_file_actions_addclose(actions, Number(name));
}
