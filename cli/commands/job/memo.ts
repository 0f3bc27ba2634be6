import { setJobMemo } from '../../../core/client/job-control';
import { setAttribute } from '../../../core/formats/jobspec';
import { decodeJson, type JsonObject, type JsonValue } from '../../../core/formats/json';
import type { Subcommand } from '../../args/getopt';
import { type CommandContext, CommandError, failedText } from '../../command';
import { withFlux } from '../../connect';
import { jobIdArgument } from '../../render/jobid';
import { readStdin } from '../../stdin';
import { textOf } from '../../text';

export const memo: Subcommand = {
  name: 'memo',
  usage: '[--volatile] id key=val [key=val...]',
  summary: 'Post an RFC 21 memo to a job',
  options: [{ name: 'volatile', help: 'Memo will not appear in eventlog (will be lost on restart)' }],
  run: async (ctx, opts) => {
    if (opts.args.length < 2) throw opts.usageError();
    const [name = '', ...words] = opts.args;
    const id = jobIdArgument(name);
    const content = await parseMemo(ctx, words);
    await withFlux(ctx, (flux) => setJobMemo(flux, id, content, opts.has('volatile')).catch((e) => Promise.reject(failedText('memo', e))));
  },
};

/** `KEY=VAL…`: dots in a key nest, a value is JSON or else a string, `-` stands for standard input. */
async function parseMemo(ctx: CommandContext, words: readonly string[]): Promise<JsonObject> {
  const content: JsonObject = {};
  for (const word of words) {
    const equals = word.indexOf('=');
    if (equals < 0) throw new CommandError(`memo: no value for key=${word}`);
    const value = word.slice(equals + 1);
    const text = value === '-' ? textOf(await readStdin(ctx), 'stdin').trimEnd() : value;
    setAttribute({ attributes: content }, word.slice(0, equals), parseValue(text));
  }
  return content;
}

function parseValue(text: string): JsonValue {
  try {
    return decodeJson(text, { reals: true });
  } catch {
    return text; // no JSON: a plain word
  }
}
