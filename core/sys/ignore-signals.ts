import { libc } from './ffi';
import { signals } from './signals';

const SIG_IGN = 1;

/** Signals by name and number that ignoreSignals() takes. */
export const terminalSignals = { SIGTTIN: signals.SIGTTIN, SIGTTOU: signals.SIGTTOU };

/**
 * Sets signals to SIG_IGN (signal(2)), which Node's own handlers can't do: a process in the background that handles SIGTTIN would read its
 * terminal again and again; one that ignores it gets EIO.
 */
export function ignoreSignals(signums: readonly number[]): void {
  for (const signum of signums) libc().signal(signum, SIG_IGN);
}
