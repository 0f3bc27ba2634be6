import { LoggedError, type Shell } from 'flux';

/** Logs an ERROR under the plugin's name and gives what to throw. */
export function failure(shell: Shell, message: string): LoggedError {
  shell.error(message);
  return new LoggedError(message);
}

/** Ends the shell with a FATAL message from outside of callbacks, where there is nothing to unwind. */
export function end(shell: Shell, message: string): void {
  try {
    shell.die(message);
  } catch {
    return; // it is on its way
  }
}
