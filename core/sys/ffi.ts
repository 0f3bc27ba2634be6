import type { LibraryHandle } from 'koffi';
import { FluxError } from './errors';
import { lostBytes } from './original-bytes';

/** Memory that C reads or writes: a buffer or typed array, or null. Koffi hands over its address without a copy. */
export type Memory = NodeJS.ArrayBufferView | null;

/** The functions of libc that are used here, with the types that JavaScript sees. The C declarations stand in {@link declarations}. */
export interface Libc {
  posix_spawn(pid: Int32Array, path: string, actions: Memory, attributes: Memory, argv: Memory, envp: Memory): number;
  posix_spawn_file_actions_init(actions: Memory): number;
  posix_spawn_file_actions_destroy(actions: Memory): number;
  posix_spawn_file_actions_adddup2(actions: Memory, fd: number, target: number): number;
  posix_spawn_file_actions_addopen(actions: Memory, fd: number, path: string, flags: number, mode: number): number;
  posix_spawn_file_actions_addclose(actions: Memory, fd: number): number;
  posix_spawn_file_actions_addchdir_np(actions: Memory, path: string): number;
  posix_spawn_file_actions_addclosefrom_np(actions: Memory, fd: number): number;
  posix_spawnattr_init(attributes: Memory): number;
  posix_spawnattr_setflags(attributes: Memory, flags: number): number;
  posix_spawnattr_setpgroup(attributes: Memory, pgroup: number): number;
  posix_spawnattr_setsigdefault(attributes: Memory, signals: Memory): number;
  posix_spawnattr_setsigmask(attributes: Memory, signals: Memory): number;
  localtime_r(time: Memory, tm: Memory): unknown;
  strftime(text: Memory, size: number, format: string, tm: Memory): number;
  tzset(): void;
  execve(path: string, argv: Memory, envp: Memory): number;
  access(path: string, mode: number): number;
  close(fd: number): number;
  dup2(from: number, to: number): number;
  fcntl(fd: number, command: number, argument: number): number;
  getsockopt(fd: number, level: number, option: number, value: Memory, length: Int32Array): number;
  ioctl(fd: number, request: number, argument: Memory): number;
  pipe2(fds: Int32Array, flags: number): number;
  socketpair(domain: number, type: number, protocol: number, fds: Int32Array): number;
  posix_openpt(flags: number): number;
  grantpt(fd: number): number;
  unlockpt(fd: number): number;
  ptsname_r(fd: number, name: Memory, size: number): number;
  prctl(option: number, a: number | bigint, b: number, c: number, d: number): number;
  prctl_name(option: number, name: Memory, b: number, c: number, d: number): number;
  prlimit(pid: number, resource: number, set: Memory, get: Memory): number;
  getrusage(who: number, usage: Memory): number;
  sched_getaffinity(pid: number, size: number, mask: Memory): number;
  sched_setaffinity(pid: number, size: number, mask: Memory): number;
  signal(signum: number, handler: number): number | bigint;
  pthread_sigmask(how: number, set: Memory, old: Memory): number;
  syscall(number: number, a: number, b: number, c: number): number;
  ptrace(request: number, pid: number, address: number, data: number): number;
  wait4(pid: number, status: Int32Array, options: number, usage: Memory): number;
  waitid(idtype: number, id: number, info: Memory, options: number): number;
}

/** C declarations by name. Variadic functions are declared with the fixed arguments we give them. */
const declarations: Readonly<Record<keyof Libc, string>> = {
  posix_spawn: 'int posix_spawn(void *, const char *, void *, void *, void *, void *)',
  posix_spawn_file_actions_init: 'int posix_spawn_file_actions_init(void *)',
  posix_spawn_file_actions_destroy: 'int posix_spawn_file_actions_destroy(void *)',
  posix_spawn_file_actions_adddup2: 'int posix_spawn_file_actions_adddup2(void *, int, int)',
  posix_spawn_file_actions_addopen: 'int posix_spawn_file_actions_addopen(void *, int, const char *, int, uint32_t)',
  posix_spawn_file_actions_addclose: 'int posix_spawn_file_actions_addclose(void *, int)',
  posix_spawn_file_actions_addchdir_np: 'int posix_spawn_file_actions_addchdir_np(void *, const char *)',
  posix_spawn_file_actions_addclosefrom_np: 'int posix_spawn_file_actions_addclosefrom_np(void *, int)',
  posix_spawnattr_init: 'int posix_spawnattr_init(void *)',
  posix_spawnattr_setflags: 'int posix_spawnattr_setflags(void *, int16_t)',
  posix_spawnattr_setpgroup: 'int posix_spawnattr_setpgroup(void *, int)',
  posix_spawnattr_setsigdefault: 'int posix_spawnattr_setsigdefault(void *, void *)',
  posix_spawnattr_setsigmask: 'int posix_spawnattr_setsigmask(void *, void *)',
  localtime_r: 'void *localtime_r(void *, void *)',
  strftime: 'size_t strftime(void *, size_t, const char *, void *)',
  tzset: 'void tzset()',
  execve: 'int execve(const char *, void *, void *)',
  access: 'int access(const char *, int)',
  close: 'int close(int)',
  dup2: 'int dup2(int, int)',
  fcntl: 'int fcntl(int, int, long)',
  getsockopt: 'int getsockopt(int, int, int, void *, void *)',
  ioctl: 'int ioctl(int, unsigned long, void *)',
  pipe2: 'int pipe2(void *, int)',
  socketpair: 'int socketpair(int, int, int, void *)',
  posix_openpt: 'int posix_openpt(int)',
  grantpt: 'int grantpt(int)',
  unlockpt: 'int unlockpt(int)',
  ptsname_r: 'int ptsname_r(int, void *, size_t)',
  prctl: 'int prctl(int, unsigned long, unsigned long, unsigned long, unsigned long)',
  prctl_name: 'int prctl(int, void *, unsigned long, unsigned long, unsigned long)',
  prlimit: 'int prlimit(int, int, void *, void *)',
  getrusage: 'int getrusage(int, void *)',
  sched_getaffinity: 'int sched_getaffinity(int, size_t, void *)',
  sched_setaffinity: 'int sched_setaffinity(int, size_t, void *)',
  signal: 'intptr_t signal(int, intptr_t)',
  pthread_sigmask: 'int pthread_sigmask(int, void *, void *)',
  syscall: 'long syscall(long, long, long, long)',
  ptrace: 'long ptrace(int, int, intptr_t, intptr_t)',
  wait4: 'int wait4(int, void *, int, void *)',
  waitid: 'int waitid(int, int, void *, int)',
};

type Koffi = typeof import('koffi');

let koffi: Koffi | undefined;
let bound: Libc | undefined;

/** Koffi, the library that calls C functions, loaded at its first use: most commands never need it. */
export function loadKoffi(): Koffi {
  koffi ??= require('koffi') as Koffi;
  return koffi;
}

/** The C library. Koffi is loaded at the first call, each function bound at its first use; a function that libc lacks throws ENOSYS. */
export function libc(): Libc {
  bound ??= bindLazily(loadKoffi().load('libc.so.6'));
  return bound;
}

/** True if this libc has the function: for the few that are younger than the oldest system we run on. */
export function hasLibc(name: keyof Libc): boolean {
  try {
    return typeof libc()[name] === 'function';
  } catch (e) {
    if (e instanceof FluxError && e.code === 'ENOSYS') return false;
    throw e;
  }
}

function bindLazily(library: LibraryHandle): Libc {
  const table = {};
  for (const [name, declaration] of Object.entries(declarations)) {
    Object.defineProperty(table, name, {
      configurable: true,
      get() {
        const value = bind(library, name, declaration);
        Object.defineProperty(table, name, { value });
        return value;
      },
    });
  }
  return table as Libc;
}

function bind(library: LibraryHandle, name: string, declaration: string): unknown {
  try {
    return library.func(declaration);
  } catch (e) {
    throw new FluxError('ENOSYS', `${name}: not in this C library`, { cause: e });
  }
}

/** errno of the last libc call of this thread. */
export function lastErrno(): number {
  return loadKoffi().errno();
}

/** Passes a libc result on; -1 throws the errno as FluxError. */
export function checked(result: number): number {
  if (result === -1) throw new FluxError(lastErrno());
  return result;
}

/** A zero-terminated array of C strings (argv, envp) in one block of memory, so that it lives as long as the call it is handed to. */
export function stringArray(strings: readonly string[]): Buffer {
  const texts = strings.map((text) => lostBytes(text) ?? text);
  let size = (texts.length + 1) * 8;
  const head = size;
  for (const text of texts) {
    if (text.includes('\0')) throw new FluxError('EINVAL', 'string contains a null character');
    size += Buffer.byteLength(text) + 1;
  }
  const block = Buffer.allocUnsafeSlow(size);
  const address = loadKoffi().address(block);
  let at = head;
  texts.forEach((text, i) => {
    block.writeBigUInt64LE(address + BigInt(at), i * 8);
    at += typeof text === 'string' ? block.write(text, at) : text.copy(block, at);
    block[at++] = 0;
  });
  block.writeBigUInt64LE(0n, head - 8);
  return block;
}
