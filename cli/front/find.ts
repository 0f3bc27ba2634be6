import fs from 'node:fs';
import path from 'node:path';
import type { Install } from '../install';

/** One place where a command may be: a program to be executed, or a command of this installation. */
export type Candidate = { kind: 'own' } | { kind: 'program'; file: string; argv: string[] };

/** Commands that belong to the front end: no program on FLUX_EXEC_PATH replaces them (docs/protocol/cli.md). */
export const builtins: ReadonlySet<string> = new Set(
  'config content dmesg env getattr heaptrace help hwloc lsattr overlay proxy python relay setattr version'.split(' '),
);

/**
 * The places of `flux-NAME` along FLUX_EXEC_PATH, in order (docs/protocol/cli.md §2): `flux-NAME.py` if readable and executable, else `flux-NAME`.
 * For the folder of our own programs it is the bundle, to be run in this process.
 */
export function* candidates(name: string, execPath: string, argv: string[], install: Install): Generator<Candidate> {
  for (const dir of execPath.split(':')) {
    if (dir === install.libexec) {
      yield { kind: 'own' };
      continue;
    }
    const script = path.join(dir, `flux-${name}.py`);
    if (accessible(script, fs.constants.R_OK | fs.constants.X_OK))
      yield { kind: 'program', file: 'python3', argv: ['python3', script, ...argv] };
    else yield { kind: 'program', file: path.join(dir, `flux-${name}`), argv: [name, ...argv] };
  }
}

/** The names of programs along FLUX_EXEC_PATH that are not of this installation. */
export function programNames(execPath: string, install: Install): string[] {
  return execPath
    .split(':')
    .filter((dir) => dir !== install.libexec && fs.existsSync(dir))
    .flatMap((dir) => fs.readdirSync(dir))
    .flatMap((file) => /^flux-([^.]+)(?:\.py)?$/.exec(file)?.[1] ?? []);
}

/** Whether the file is there and may be used so. */
export function accessible(file: string, mode: number): boolean {
  // existsSync first: a failing accessSync builds an error with a stack.
  if (!fs.existsSync(file)) return false;
  try {
    fs.accessSync(file, mode);
    return true;
  } catch {
    return false;
  }
}
