import { toFluxError } from '../core/sys/errors';
import { reprString } from './args/python';
import { CommandError } from './command';

/** The error of a system call on a file, as Python commands show it: `[Errno 2] No such file or directory: 'NAME'`. */
export function fileError(e: unknown, file: string): CommandError {
  const { errnum, message } = toFluxError(e);
  return new CommandError(`[Errno ${errnum}] ${message}: ${reprString(file)}`, 1, { cause: e });
}

/** Runs `use`, whose system errors are about `file`. */
export function onFile<T>(file: string, use: () => T): T {
  try {
    return use();
  } catch (e) {
    throw fileError(e, file);
  }
}
