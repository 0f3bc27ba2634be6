import { userInfo } from 'node:os';
import { ALL_USERS } from '../../../core/client/job-list';
import { ACTIVE, PENDING, parseState, RUNNING } from '../../../core/client/job-states';
import type { Flux } from '../../../core/handle/flux';
import { getUser } from '../../../core/sys/credentials';
import { isErrno } from '../../../core/sys/errors';
import type { OptionSpec, Options } from '../../args/getopt';
import { type CommandContext, CommandError, failedText } from '../../command';

export const userOption: OptionSpec = { name: 'user', key: 'u', arg: 'USER', help: 'Limit to jobs of USER, or all' };
export const statesOption = (help: string, key = 's'): OptionSpec => ({ name: 'states', key, arg: 'STATES', help });

/** Userid that --user means: a name, a number, or all; default our own. */
export function userOf(opts: Options): number {
  const text = opts.str('user');
  if (text === undefined) return userInfo().uid;
  if (text === 'all') return ALL_USERS;
  if (/^\d+$/.test(text)) return Number(text);
  try {
    return getUser(text).uid;
  } catch (e) {
    throw new CommandError(`unknown user ${text}`, 1, { cause: e });
  }
}

const sets: Readonly<Record<string, number>> = { pending: PENDING, running: RUNNING, active: ACTIVE };

/** State bits of a comma-separated list of states and sets of states. */
export function statesOf(text: string): number {
  let bits = 0;
  for (const word of text.split(',').filter(Boolean)) {
    const set = sets[word.toLowerCase()];
    try {
      bits |= set ?? parseState(word);
    } catch {
      throw new CommandError(`error parsing --states: ${word} is unknown`);
    }
  }
  if (bits === 0) throw new CommandError('no states specified');
  return bits;
}

/** Free words from the `first` on as one text; undefined if there are none. */
export function wordsFrom(opts: Options, first: number): string | undefined {
  return opts.args.length > first ? opts.args.slice(first).join(' ') : undefined;
}

/** Fails with the text that the command has for this errno, else with the service's. */
export function explain(what: string, texts: Readonly<Record<string, string>>, e: unknown): CommandError {
  for (const [code, text] of Object.entries(texts)) if (isErrno(e, code)) return new CommandError(text, 1, { cause: e });
  return failedText(what, e);
}

/** Bulk commands count first; --force does it. */
export interface BulkTexts {
  /** `Canceled N jobs`, with what was done to how many. */
  done: (count: number) => string;
}

/** Runs a bulk action as cancelall, raiseall and killall do: a dry run unless --force. */
export async function bulk(
  ctx: CommandContext,
  opts: Options,
  flux: Flux,
  act: (flux: Flux, dryRun: boolean) => Promise<{ count: number; errors: number }>,
  { done }: BulkTexts,
): Promise<void> {
  const force = opts.has('force');
  const { count, errors } = await act(flux, !force);
  const say = (text: string) => ctx.stderr.write(`${ctx.prog}: ${text}\n`);
  if (count > 0 && !force) say(`Command matched ${count} jobs (-f to confirm)`);
  else if (count > 0) say(`${done(count)} (${errors} errors)`);
  else if (!quiet(opts)) say('Command matched 0 jobs');
}

function quiet(opts: Options): boolean {
  try {
    return opts.has('quiet');
  } catch {
    return false; // the command has no such option
  }
}
