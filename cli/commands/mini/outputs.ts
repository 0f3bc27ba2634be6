import fs from 'node:fs';
import path from 'node:path';
import type { CommandContext, Output } from '../../command';
import { onFile } from '../../os-error';
import { FdOutput } from '../../output';

/** The files of --log and --log-stderr: truncated when first used, shared by jobs that name the same one. */
export class LogFiles {
  readonly #cwd: string;
  readonly #open = new Map<string, { fd: number; output: Output }>();

  constructor(ctx: Pick<CommandContext, 'cwd'>) {
    this.#cwd = ctx.cwd;
  }

  /** Errors show as the system's, with the name. */
  get(name: string): Output {
    const known = this.#open.get(name);
    if (known) return known.output;
    const fd = onFile(name, () => fs.openSync(path.resolve(this.#cwd, name), 'w'));
    const output = new FdOutput(fd);
    this.#open.set(name, { fd, output });
    return output;
  }

  close(): void {
    for (const { fd } of this.#open.values()) fs.closeSync(fd);
    this.#open.clear();
  }
}

/** Where what concerns a job is written. */
export interface JobOutputs {
  out: Output;
  err: Output;
}

/** A job's outputs by its options. */
export function jobOutputs(
  ctx: CommandContext,
  files: LogFiles,
  { log, logStderr }: { log: string | undefined; logStderr: string | undefined },
): JobOutputs {
  const out = log === undefined ? undefined : files.get(log);
  const err = logStderr === undefined ? undefined : files.get(logStderr);
  return { out: out ?? ctx.stdout, err: err ?? out ?? ctx.stderr };
}
