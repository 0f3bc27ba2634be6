import path from 'node:path';
import { FluxError, isErrno } from './errors';
import { libc } from './ffi';

const X_OK = 1;

/** Where execvp(3) looks when PATH is not set. */
const defaultPath = '/bin:/usr/bin';

/** Where to search: PATH and directory of the process that will run the program, as execvp(3) uses them. */
export interface SearchOptions {
  /** PATH of that process; undefined: execvp's default. */
  path: string | undefined;
  /** Its working directory, which relative elements of PATH refer to. Default: this process's. */
  cwd?: string;
}

/** Errors that make execvp try the next directory. */
const skipped = new Set(['ENOENT', 'ENOTDIR', 'ESTALE', 'ENODEV', 'ETIMEDOUT', 'EACCES']);

/**
 * Calls `run` with each file that execvp(3) would try for `name`, until one does not throw. A name with a slash is tried as it is. Throws
 * what execvp gives: EACCES if a file was found that may not be run, else ENOENT; any other error of `run` at once.
 */
export function searchPath<T>(name: string, options: SearchOptions, run: (file: string) => T): T {
  if (name === '') throw new FluxError('ENOENT');
  if (name.includes('/')) return run(name);
  let refused = false;
  for (const directory of (options.path ?? defaultPath).split(':')) {
    const file = fileIn(directory, name, options.cwd);
    if (libc().access(file, 0) === -1) continue;
    if (libc().access(file, X_OK) === -1) {
      refused = true;
      continue;
    }
    try {
      return run(file);
    } catch (e) {
      if (!(e instanceof FluxError) || !skipped.has(e.code)) throw e;
      if (isErrno(e, 'EACCES')) refused = true;
    }
  }
  throw new FluxError(refused ? 'EACCES' : 'ENOENT');
}

function fileIn(directory: string, name: string, cwd: string | undefined): string {
  if (directory.startsWith('/')) return `${directory}/${name}`;
  return path.resolve(cwd ?? '.', directory, name);
}
