import { errno } from '../sys/errno';
import { type ErrnoCode, FluxError, toFluxError } from '../sys/errors';
import { strerror } from '../sys/strerror';

/** An error that was logged where it was noticed: whoever catches it logs no more than what follows from it. */
export class LoggedError extends FluxError {
  constructor(message: string, code: ErrnoCode = 'EINVAL') {
    super(code, message);
    this.name = 'LoggedError';
  }
}

/** Thrown to unwind a shell that ends, by a FATAL message or because it is told to. What catches exceptions on the way lets it pass. */
export class ShellExit extends LoggedError {
  constructor(
    readonly exitCode: number,
    message: string,
  ) {
    super(message, 'EINTR');
    this.name = 'ShellExit';
  }
}

/**
 * Text, in the job's exception, of a plugin's failure in shell.init: strerror(3) of its errno. An error that gives none beyond what it has logged
 * is told as the reference does (docs/protocol/shell.md §4, step 13).
 */
export function initErrorText(e: unknown): string {
  return e instanceof LoggedError && e.code === 'EINVAL' ? strerror(errno.ENOENT) : errnoText(e);
}

/** strerror(3) of an error, without what a service may have said beyond it: what the shell's messages about requests end in. */
export function errnoText(e: unknown): string {
  return strerror(toFluxError(e).errnum);
}
