import { type CommandContext, CommandError } from '../../command';
import { compilePython, PySyntaxError } from './python/compile';
import { pyText } from './python/values';

/** What --define names: a function of an input's text. A list becomes several words of the command. */
export type Definitions = ReadonlyMap<string, (text: string) => string | string[]>;

/** The definitions of `--define=NAME=CODE…`; CODE is a Python expression of the input `x`. Errors in it show before anything is submitted. */
export function parseDefinitions(ctx: Pick<CommandContext, 'env' | 'cwd'>, words: readonly string[]): Definitions {
  return new Map(
    words.map((word) => {
      const equals = word.indexOf('=');
      if (equals < 0) throw new CommandError('dictionary update sequence element #0 has length 1; 2 is required');
      const name = word.slice(0, equals);
      const evaluate = compile(ctx, name, word.slice(equals + 1));
      return [
        name,
        (text) => {
          const value = evaluate(text);
          return Array.isArray(value) ? value.map(pyText) : pyText(value);
        },
      ];
    }),
  );
}

function compile(ctx: Pick<CommandContext, 'env' | 'cwd'>, name: string, code: string) {
  try {
    return compilePython(code, ctx);
  } catch (e) {
    if (e instanceof PySyntaxError) throw new CommandError(`invalid syntax (${name}, line 1)`, 1, { cause: e });
    throw e;
  }
}
