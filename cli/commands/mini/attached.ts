import { submitJob } from '../../../core/client/job-submit';
import { f58 } from '../../../core/formats/f58';
import type { JsonValue } from '../../../core/formats/json';
import type { CommandContext } from '../../command';
import { connectPython, withFlux } from '../../connect';
import { jobspecText, miniJobspec } from './jobspec';
import type { MiniOptions } from './options';
import { jobFlags, jobUrgency } from './request';

/** The attributes that a command sets by itself, by path below `attributes.`. */
export type OwnAttributes = readonly (readonly [path: string, value: JsonValue])[];

/** Submits one job and returns its id in F58; with --dry-run it prints the jobspec instead and returns undefined. */
export async function submitOne(
  ctx: CommandContext,
  options: MiniOptions,
  command: readonly string[],
  attributes: OwnAttributes = [],
): Promise<string | undefined> {
  const jobspec = jobspecText(await miniJobspec(ctx, options, command, attributes));
  if (options.dryRun) {
    ctx.stdout.write(`${jobspec}\n`);
    return undefined;
  }
  const flags = jobFlags(options.flags);
  const urgency = jobUrgency(options.urgency);
  const id = await withFlux(ctx, (flux) => submitJob(flux, jobspec, { urgency, flags }), connectPython);
  return f58(id, ctx.env, 'python');
}

/** Goes on as `flux job attach`: its output, signals and exit code are this command's. */
export async function becomeAttach(ctx: CommandContext, args: string[]): Promise<number> {
  return ctx.runCommand('job', ['attach', '--from-start', ...args]);
}
