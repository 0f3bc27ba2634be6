import type { Attributes } from './attributes';
import { commandEnvironment } from './environment';
import { type Command, type ProgramOptions, programCommand } from './run-command';

/** Environment and directory that programs are started in; `local-uri` is read from the attributes. */
export interface ProgramsOptions {
  /** The broker's environment. */
  env: Readonly<Record<string, string | undefined>>;
  /** Working directory of commands; default `/`. */
  cwd?: string | undefined;
  attributes: Attributes;
}

/** How the programs of run levels are started (docs/protocol/broker.md §9, "Running commands"). */
export class Programs {
  /** The broker's environment, which run levels read their settings from. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly #cwd: string;
  readonly #attributes: Attributes;

  constructor({ env, cwd = '/', attributes }: ProgramsOptions) {
    this.env = env;
    this.#cwd = cwd;
    this.#attributes = attributes;
  }

  /** $SHELL, or /bin/bash. */
  get shell(): string {
    return this.env['SHELL'] || '/bin/bash';
  }

  /** A program and its arguments. */
  command(argv: readonly string[], stdio: ProgramOptions['stdio'] = 'logged'): Command {
    const env = commandEnvironment(this.env, this.#attributes.value('local-uri'));
    return programCommand({ argv, env, cwd: this.#cwd, stdio });
  }

  /** A line for the shell. */
  shellCommand(line: string): Command {
    return this.command([this.shell, '-c', line]);
  }
}
