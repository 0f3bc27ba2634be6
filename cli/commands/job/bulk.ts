import type { BulkResult } from '../../../core/client/job-control';
import type { CommandContext } from '../../command';

/** All users, to the job manager. */
export const EVERYBODY = -1;

/** Says how many jobs a bulk request has met, and what was done with them. */
export function reportMatches(
  ctx: CommandContext,
  result: BulkResult,
  { dryRun, quiet = false, done }: { dryRun: boolean; quiet?: boolean; done(result: BulkResult): string },
): void {
  const say = (text: string) => ctx.stderr.write(`${ctx.prog}: ${text}\n`);
  if (result.count === 0) {
    if (!quiet) say('Command matched 0 jobs');
  } else if (dryRun) say(`Command matched ${result.count} jobs (-f to confirm)`);
  else say(done(result));
}
