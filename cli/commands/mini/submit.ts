import { type CommandContext, CommandError } from '../../command';
import { copies } from './copies';
import type { MiniOptions } from './options';
import { Submission } from './submission';

/** `flux mini submit`: submits a job, or with --cc one for each id. */
export async function submit(ctx: CommandContext, options: MiniOptions): Promise<number> {
  if (options.command.length === 0) throw new CommandError('job command and arguments are missing');
  const jobs = copies(options);
  return new Submission(ctx, options, jobs.count).run(jobs);
}
