import { encodeJobId, parseJobId } from '../../core/formats/fluid';
import { FluxError } from '../../core/sys/errors';
import { type CommandContext, CommandError } from '../command';

/** Whose rules for an unset locale apply: Python takes the C locale for UTF-8 unless LC_ALL demands it. */
export type Family = 'c' | 'python';

/** A job id in F58, with the prefix `ƒ` where the locale can show it, else `f` (contract/cli-mini-jobs.md, C). */
export function f58(ctx: Pick<CommandContext, 'env'>, id: bigint, family: Family): string {
  return encodeJobId(id, 'f58', { ascii: !hasUtf8(ctx.env, family) });
}

/** Whether F58 is shown with `ƒ`. */
export function hasUtf8(env: NodeJS.ProcessEnv, family: Family): boolean {
  if (env['FLUX_F58_FORCE_ASCII'] !== undefined) return false;
  const coerced = family === 'python' && !env['LC_ALL'];
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || 'C';
  return /\.utf-?8/i.test(locale) || (coerced && (locale === 'C' || locale === 'POSIX'));
}

/** A job id argument of `flux job`. @throws CommandError in its words */
export function jobIdArgument(text: string): bigint {
  try {
    return parseJobId(text);
  } catch (e) {
    throw new CommandError(`error parsing jobid: "${text}"`, 1, { cause: e });
  }
}

/** A job id argument of a Python command. @throws FluxError in its words */
export function pythonJobId(text: string): bigint {
  try {
    return parseJobId(text);
  } catch (e) {
    throw new FluxError('EINVAL', 'EINVAL: Invalid argument', { cause: e });
  }
}
