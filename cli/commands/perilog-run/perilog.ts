import type { CommandContext } from '../../command';
import { f58 } from '../../render/jobid';
import { runOnRanks } from './ranks';
import { runScripts } from './scripts';

/** One prolog or epilog: its two phases, and what it says on stderr. */
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

  /** Runs the executables of `dir`, and then, if none failed, `command` on the ranks of the job. Gives the exit code. */
  async run(id: bigint, dir: string, command: readonly string[] | undefined): Promise<number> {
    // A signal is for the processes: those here get it from whoever signals the process group.
    const unblock = (['SIGINT', 'SIGTERM'] as const).map((signal) => this.ctx.onSignal(signal, () => {}));
    try {
      const code = await runScripts(this, this.jobText(id), dir);
      return code === 0 && command ? await runOnRanks(this, id, command) : code;
    } finally {
      for (const off of unblock) off();
    }
  }

  jobText(id: bigint): string {
    return f58(this.ctx, id, 'python');
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
