import { checked, libc } from './ffi';

const TCGETS = 0x5401;
const TCSETSW = 0x5403;
const structSize = 64; // the kernel's struct termios has 36 bytes

/** Modes of a terminal (termios(3)), opaque: to be put back as they were. */
export type TerminalModes = Buffer;

/** Current modes of the terminal on this descriptor. Throws ENOTTY if it is none. */
export function terminalModes(fd: number): TerminalModes {
  const modes = Buffer.alloc(structSize);
  checked(libc().ioctl(fd, TCGETS, modes));
  return modes;
}

/** Puts modes back, after what was written has gone out. Throws ENOTTY, EIO. */
export function setTerminalModes(fd: number, modes: TerminalModes): void {
  checked(libc().ioctl(fd, TCSETSW, modes));
}
