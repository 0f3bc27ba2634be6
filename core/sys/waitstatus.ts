import { strsignal } from './strsignal';

/** Resources that a process has used: times in seconds, `maxrss` in KiB, the rest counts (getrusage(2)). */
export interface ResourceUsage {
  utime: number;
  stime: number;
  maxrss: number;
  minflt: number;
  majflt: number;
  inblock: number;
  oublock: number;
  nvcsw: number;
  nivcsw: number;
}

/** Exit of a process: `status` is the raw wait status of wait(2); exactly one of `code` and `signal` is set. */
export interface ExitStatus {
  status: number;
  code: number | undefined;
  signal: number | undefined;
}

/** WIFEXITED: the process called exit. */
export const exitedNormally = (status: number): boolean => (status & 0x7f) === 0;
/** WEXITSTATUS: exit code of a process that exited. */
export const exitCode = (status: number): number => (status >> 8) & 0xff;
/** WIFSIGNALED: a signal ended the process. */
export const endedBySignal = (status: number): boolean => (status & 0x7f) !== 0 && (status & 0x7f) !== 0x7f;
/** WTERMSIG: the signal that ended the process. */
export const terminatingSignal = (status: number): number => status & 0x7f;
/** WCOREDUMP: the signal left a core file. */
export const dumpedCore = (status: number): boolean => endedBySignal(status) && (status & 0x80) !== 0;
/** WIFSTOPPED: the process is stopped. */
export const isStopped = (status: number): boolean => (status & 0xff) === 0x7f;
/** WSTOPSIG: the signal that stopped the process. */
export const stoppingSignal = (status: number): number => (status >> 8) & 0xff;

/** Raw wait status of an exit with this code. */
export const statusOfCode = (code: number): number => (code & 0xff) << 8;
/** Raw wait status of a death by this signal. */
export const statusOfSignal = (signal: number): number => signal & 0x7f;

/** A raw wait status with its parts. */
export function decodeStatus(status: number): ExitStatus {
  return {
    status,
    code: exitedNormally(status) ? exitCode(status) : undefined,
    signal: endedBySignal(status) ? terminatingSignal(status) : undefined,
  };
}

/** Exit code as a shell gives it: the code, or 128 + signal. */
export function shellExitCode(status: number): number {
  return endedBySignal(status) ? 128 + terminatingSignal(status) : exitCode(status);
}

/** A raw wait status in words: `exited with exit code 1`, `killed by signal 9 (Killed)`, with `(core dumped)` where there is one. */
export function describeStatus(status: number): string {
  if (isStopped(status)) return `stopped by signal ${stoppingSignal(status)} (${strsignal(stoppingSignal(status))})`;
  if (!endedBySignal(status)) return `exited with exit code ${exitCode(status)}`;
  const signal = terminatingSignal(status);
  return `killed by signal ${signal} (${strsignal(signal)})${dumpedCore(status) ? ' (core dumped)' : ''}`;
}

/** Decodes a `struct rusage` (18 longs on 64-bit Linux). */
export function decodeUsage(words: BigInt64Array): ResourceUsage {
  const word = (i: number): number => Number(words[i]);
  const seconds = (i: number): number => word(i) + word(i + 1) / 1e6;
  return {
    utime: seconds(0),
    stime: seconds(2),
    maxrss: word(4),
    minflt: word(8),
    majflt: word(9),
    inblock: word(11),
    oublock: word(12),
    nvcsw: word(16),
    nivcsw: word(17),
  };
}
