import type { SpawnOptions } from './spawn';

/**
 * The argv that starts a program stopped, for a debugger to attach: the process stops itself by SIGSTOP, and SIGCONT lets it exec the program,
 * in the same process, under the same pid. It stops just before the exec, in /bin/sh, where PTRACE_TRACEME would stop it just after
 * (nothing can run between posix_spawn's fork and its exec). The program is looked up when it continues: if it is missing, the process exits
 * with 127, or 126 if it may not be run, as sh(1) does.
 */
export function stoppedArgv(argv: readonly string[]): SpawnOptions['argv'] {
  return ['/bin/sh', '-c', 'kill -STOP $$; exec "$@"', 'sh', ...argv];
}
