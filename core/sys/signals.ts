import os from 'node:os';
import { FluxError, isErrno, toFluxError } from './errors';

const numbers: Readonly<Record<string, number>> = os.constants.signals;

const names = new Map<number, string>();
for (const [name, number] of Object.entries(numbers)) if (!names.has(number)) names.set(number, name);
names.set(6, 'SIGABRT'); // SIGIOT, SIGPOLL and SIGUNUSED have the same numbers as these
names.set(29, 'SIGIO');
names.set(31, 'SIGSYS');

/** Highest signal number of Linux (SIGRTMAX). */
export const maxSignal = 64;

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
