import { FluxError, isErrno, toFluxError } from './errors';

/** Numbers of the signals of Linux, by the names of signal(7). SIGRTMIN: the C library keeps two of them for its threads. */
export const signals = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGSTKFLT: 16,
  SIGCHLD: 17,
  SIGCONT: 18,
  SIGSTOP: 19,
  SIGTSTP: 20,
  SIGTTIN: 21,
  SIGTTOU: 22,
  SIGURG: 23,
  SIGXCPU: 24,
  SIGXFSZ: 25,
  SIGVTALRM: 26,
  SIGPROF: 27,
  SIGWINCH: 28,
  SIGIO: 29,
  SIGPWR: 30,
  SIGSYS: 31,
  SIGRTMIN: 34,
  SIGRTMAX: 64,
} as const;

const { SIGRTMIN, SIGRTMAX, ...named } = signals;
const numbers: Readonly<Record<string, number>> = { ...named, SIGIOT: signals.SIGABRT, SIGPOLL: signals.SIGIO };
const names = new Map(Object.entries(named).map(([name, number]) => [number as number, name]));

/** Highest signal number of Linux (SIGRTMAX). */
export const maxSignal = SIGRTMAX;

/** Number of a signal given as `9`, `KILL`, `SIGKILL` or `sigkill`; undefined if there is no such signal. 0 is accepted: it only tests. */
export function parseSignal(text: string): number | undefined {
  if (/^\d+$/.test(text)) {
    const number = Number(text);
    return number <= maxSignal ? number : undefined;
  }
  const name = text.toUpperCase();
  return numbers[name.startsWith('SIG') ? name : `SIG${name}`];
}

/** Name of a signal number with SIG, e.g. `SIGKILL`; undefined for one without a name (real-time signals). */
export function signalName(number: number): string | undefined {
  return names.get(number);
}

/** kill(2). Throws ESRCH, EPERM, EINVAL. */
export function kill(pid: number, signal: number): void {
  if (!Number.isInteger(signal) || signal < 0 || signal > maxSignal) throw new FluxError('EINVAL');
  try {
    process.kill(pid, signal);
  } catch (e) {
    throw toFluxError(e);
  }
}

/** killpg(3): the signal goes to every process of the group. Throws ESRCH (no such group), EPERM, EINVAL. */
export function killGroup(pgid: number, signal: number): void {
  if (!Number.isInteger(pgid) || pgid <= 1) throw new FluxError('EINVAL');
  kill(-pgid, signal);
}

/** As {@link kill}, and {@link killGroup} for a negative number, of what may have ended just now: nothing happens then. */
export function killIfThere(pid: number, signal: number): void {
  try {
    if (pid < 0) killGroup(-pid, signal);
    else kill(pid, signal);
  } catch (e) {
    if (!isErrno(e, 'ESRCH')) throw e;
  }
}

/** True if the process exists (a zombie does), whoever owns it. */
export function processExists(pid: number): boolean {
  try {
    kill(pid, 0);
    return true;
  } catch (e) {
    return (e as FluxError).code === 'EPERM';
  }
}
