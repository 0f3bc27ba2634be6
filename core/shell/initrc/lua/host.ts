import path from 'node:path';
import { type BlockingChild, type StdioSpec, spawnBlocking } from '../../../sys/spawn';
import type { JobShell } from '../../job/shell';
import { textArgument } from './state';

/** A standard stream of the Lua code. */
export type OutputName = 'stdout' | 'stderr';

/** The process that Lua code sees: its directory, environment and output, which are the job shell's. */
export class LuaHost {
  /** The environment that os.getenv reads and posix.setenv changes; commands inherit it. */
  readonly env: Record<string, string>;
  readonly #shell: JobShell;

  constructor(shell: JobShell) {
    this.#shell = shell;
    this.env = Object.fromEntries(Object.entries(shell.options.env).filter((entry): entry is [string, string] => entry[1] !== undefined));
  }

  get cwd(): string {
    return this.#shell.host.cwd;
  }

  set cwd(directory: string) {
    this.#shell.host.enter(directory);
  }

  /** The path of a file that is the `argument`th argument of a function. @throws LuaArgumentError */
  resolve(file: unknown, argument = 1): string {
    return path.resolve(this.cwd, textArgument(file, argument));
  }

  /** Writes output: while a task is about to run, it is the task's, else the shell's. */
  write(name: OutputName, data: Buffer): void {
    const task = this.#shell.calls.currentTask;
    if (task?.state === 'Exec') task.precede(name, data);
    else if (name === 'stdout') this.#shell.options.stdout(data);
    else this.#shell.options.stderr(data.toString());
  }

  /** Starts a command of sh(1). */
  run(command: string, stdio: readonly StdioSpec[] = ['inherit', 'inherit', 'inherit']): BlockingChild {
    return spawnBlocking({ argv: ['/bin/sh', '-c', command], env: this.env, cwd: this.cwd, stdio });
  }
}
