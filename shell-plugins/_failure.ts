import { LoggedError, type Shell } from 'flux';

/** Logs an ERROR under the plugin's name and gives what to throw. */
export function failure(shell: Shell, message: string): LoggedError {
  shell.error(message);
  return new LoggedError(message);
}
