import { type CommandContext, CommandError } from '../../command';
import { type Copies, copies, type Job } from './copies';
import { definedMethods, type Method } from './define';
import { bulkWords } from './inputs';
import type { MiniOptions } from './options';
import { basename, dirname, splitext } from './paths';
import { changedOptions, type Input, replaceAll } from './replace';
import { Submission } from './submission';

/** `flux mini bulksubmit`: a job for each combination of inputs, which stand for the replacement strings in its command and options. */
export async function bulksubmit(ctx: CommandContext, options: MiniOptions): Promise<number> {
  const { command, inputs } = await bulkWords(ctx, options.command, options.sep);
  const template = { ...options, command };
  const method = await definedMethods(ctx, options.define, (asked) => {
    for (const [seq, texts] of inputs.entries()) replaceInputs(template, texts, seq, asked);
  });
  const described = inputs.map((texts, seq) => describe(template, replaceInputs(template, texts, seq, method)));
  if (options.shuffle) shuffle(described);
  const total = described.reduce((sum, { jobs }) => sum + jobs.count, 0);
  if (options.dryRun) {
    if (options.progress) ctx.stdout.write(`flux-mini: submitting a total of ${total} jobs\n`);
    for (const { line } of described) ctx.stdout.write(line);
    return 0;
  }
  if (total === 0) throw new CommandError('no inputs: nothing to submit');
  return new Submission(ctx, options, total).run(announced(ctx, described, options.verbose > 0));
}

/** A job of the template, before and after --cc. */
interface Described {
  /** What -v and --dry-run print. */
  line: string;
  jobs: Copies;
}

function describe(template: MiniOptions, options: MiniOptions): Described {
  const words = [...changedOptions(template, options), ...options.command];
  return { line: `flux-mini: submit ${words.join(' ')}\n`, jobs: copies(options) };
}

/** The template with a job's inputs in it. */
function replaceInputs(template: MiniOptions, texts: readonly string[], seq: number, method: Method): MiniOptions {
  const positional = texts.map((text) => input(text, method));
  return replaceAll(template, { positional, named: { seq, seq1: seq + 1, cc: '{cc}' } });
}

function* announced(ctx: CommandContext, described: readonly Described[], verbose: boolean): Generator<Job> {
  for (const { line, jobs } of described) {
    if (verbose) ctx.stdout.write(line);
    yield* jobs;
  }
}

/** An input with the names that stand behind a dot in replacement strings: parts of a path, and what --define has named. */
function input(text: string, method: Method): Input {
  return {
    text,
    attribute(name) {
      switch (name) {
        case '%':
          return splitext(text)[0];
        case '/':
          return basename(text);
        case '//':
          return dirname(text);
        case '/%':
          return splitext(basename(text))[0];
        default: {
          const value = method(name, text);
          if (value === undefined) throw new CommandError(`Unknown input string method '.${name}'`);
          return value;
        }
      }
    },
  };
}

function shuffle<T>(items: T[]): void {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [items[i], items[j]] = [items[j]!, items[i]!];
  }
}
