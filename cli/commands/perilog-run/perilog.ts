import { f58 } from '../../../core/formats/f58';
import type { CommandContext } from '../../command';

/** One prolog or epilog, and what it says on stderr. */
export class Perilog {
  readonly ctx: CommandContext;
  /** `prolog` or `epilog`. */
  readonly name: string;
  readonly #verbose: boolean;

  constructor(ctx: CommandContext, { name, verbose }: { name: string; verbose: boolean }) {
    this.ctx = ctx;
    this.name = name;
    this.#verbose = verbose;
  }

  jobText(id: bigint): string {
    return f58(id, this.ctx.env, 'python');
  }

  /** A line for --verbose only. */
  info(text: string): void {
    if (this.#verbose) this.#log('INFO', text);
  }

  /** A line that is always shown. Gives the exit code of a failure. */
  error(text: string): 1 {
    this.#log('ERROR', text);
    return 1;
  }

  #log(level: string, text: string): void {
    this.ctx.stderr.write(`${this.#verbose ? `${level}:${this.ctx.prog}:` : ''}${text}\n`);
  }
}
