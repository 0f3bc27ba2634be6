import { type Shell, toFluxError } from 'flux';
import { LoggedError } from 'flux/internal';

/** Logs an ERROR under the plugin's name and gives what to throw: with the errno of `cause`, if there is one. */
export function failure(shell: Shell, message: string, cause?: unknown): LoggedError {
  shell.error(message);
  return new LoggedError(message, cause === undefined ? undefined : toFluxError(cause).code);
}

/** Ends the shell with a FATAL message from outside of callbacks, where there is nothing to unwind. */
export function end(shell: Shell, message: string): void {
  try {
    shell.die(message);
  } catch {
    return; // it is on its way
  }
}
