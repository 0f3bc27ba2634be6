import { type CommandContext, CommandError } from '../../command';
import type { PythonRequest } from './python-child';

/** What a name behind a dot makes of an input's text; a list becomes several words of the command. Undefined: no definition has this name. */
export type Method = (name: string, text: string) => string | string[] | undefined;

/**
 * The definitions of `--define=NAME=CODE…` (docs/protocol/cli-mini-jobs.md §A8); CODE is a Python expression of the input `x`. `replace` uses the method it is
 * given as it will use the one that is returned: the first only takes down what is asked for. Then one python3 evaluates all of it, in that order, and the
 * other one gives the values in turn. Nothing is started without a definition. @throws CommandError for a definition that is none, in Python's words; the
 * method throws for an expression that fails
 */
export async function definedMethods(ctx: CommandContext, words: readonly string[], replace: (method: Method) => void): Promise<Method> {
  const definitions = [...new Map(words.map(parseDefinition))];
  if (definitions.length === 0) return () => undefined;
  const index = new Map(definitions.map(([name], i) => [name, i]));
  const calls = recordCalls(index, replace);
  const { askPython } = await import('./python-child.js');
  const { values, error } = await askPython(ctx, { definitions, calls });
  if (error !== undefined && calls.length === 0) throw new CommandError(error);
  let next = 0;
  return (name) => {
    if (!index.has(name)) return undefined;
    const value = values[next++];
    if (value === undefined) throw new CommandError(error!);
    return value;
  };
}

function parseDefinition(word: string, index: number): [name: string, code: string] {
  const equals = word.indexOf('=');
  if (equals < 0) throw new CommandError(`dictionary update sequence element #${index} has length 1; 2 is required`);
  return [word.slice(0, equals), word.slice(equals + 1)];
}

function recordCalls(index: ReadonlyMap<string, number>, replace: (method: Method) => void): PythonRequest['calls'] {
  const calls: PythonRequest['calls'] = [];
  try {
    replace((name, text) => {
      const definition = index.get(name);
      if (definition === undefined) return undefined;
      calls.push([definition, text]);
      return '';
    });
  } catch {
    // A replacement that can't be made stops the second use at the same place, if no definition fails before it.
  }
  return calls;
}
