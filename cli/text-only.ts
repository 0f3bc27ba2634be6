import { FluxError } from '../core/sys/errors';
import { CommandError } from './command';

/** Errors of the library show their text alone here, without an errno. */
export function textOnly<T>(use: () => T): T {
  try {
    return use();
  } catch (e) {
    throw e instanceof FluxError ? new CommandError(e.message, 1, { cause: e }) : e;
  }
}
