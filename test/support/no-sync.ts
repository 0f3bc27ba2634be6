import koffi from 'koffi';

const PR_SET_NO_NEW_PRIVS = 38;
const PR_SET_SECCOMP = 22;
const SECCOMP_MODE_FILTER = 2;
const EIO = 5;

/** Numbers of fsync(2) and fdatasync(2). */
const syscalls: Readonly<Record<string, readonly [number, number]>> = { x64: [74, 75], arm64: [82, 83] };

/**
 * From now on fsync(2) and fdatasync(2) fail with EIO in this thread and in those that it starts; there is no way back. For processes that end soon, which
 * show what waits for the disk (seccomp(2)).
 */
export function failSyncs(): void {
  const [fsync, fdatasync] = syscalls[process.arch]!;
  const program = [
    instruction(0x20, 0, 0, 0), // load the number of the system call
    instruction(0x15, 1, 0, fsync), // equal: skip one
    instruction(0x15, 0, 1, fdatasync), // not equal: skip one
    instruction(0x06, 0, 0, 0x00050000 | EIO), // SECCOMP_RET_ERRNO
    instruction(0x06, 0, 0, 0x7fff0000), // SECCOMP_RET_ALLOW
  ];
  const filter = Buffer.concat(program);
  const header = Buffer.alloc(16);
  header.writeUInt16LE(program.length, 0);
  header.writeBigUInt64LE(koffi.address(filter), 8);
  const libc = koffi.load('libc.so.6');
  const prctl = libc.func('int prctl(int, unsigned long, void *, unsigned long, unsigned long)');
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, null, 0, 0) !== 0) throw new Error('prctl: no new privileges');
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, header, 0, 0) !== 0) throw new Error('prctl: no filter of system calls');
}

/** struct sock_filter */
function instruction(code: number, jumpTrue: number, jumpFalse: number, k: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(code, 0);
  bytes.writeUInt8(jumpTrue, 2);
  bytes.writeUInt8(jumpFalse, 3);
  bytes.writeUInt32LE(k, 4);
  return bytes;
}
