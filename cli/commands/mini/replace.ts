import { asciiString, reprList, reprString } from '../../args/python';
import { CommandError } from '../../command';
import { type FormatField, parseFormat } from '../../render/format-string';
import { pyFormat } from '../../render/pyformat';
import { PyObject, type PyValue, str } from '../../render/pyvalue';
import type { DependencyOption, MiniOptions } from './options';

/** A positional value: the input's text, and what stands behind a dot: `{.NAME}`. */
export interface Input {
  text: string;
  /** @throws CommandError for a name that is none */
  attribute(name: string): string | string[];
}

/** What replacement strings can name. */
export interface Values {
  positional: readonly Input[];
  named: Readonly<Record<string, string | number>>;
}

/** A text option that is subject to replacement, as `flux mini bulksubmit` shows it. */
interface Replaceable {
  key: keyof MiniOptions;
  /** What stands before the value: `-n`, `--env=`. */
  prefix: string;
}

/** The options that replacement strings are looked for in, in the order in which changed ones are shown. */
const replaceable: readonly Replaceable[] = [
  { key: 'ntasks', prefix: '-n' },
  { key: 'nodes', prefix: '-N' },
  { key: 'cores', prefix: '-c' },
  { key: 'gpus', prefix: '-g' },
  { key: 'timeLimit', prefix: '-t' },
  { key: 'env', prefix: '--env=' },
  { key: 'urgency', prefix: '--urgency=' },
  { key: 'setopt', prefix: '-o ' },
  { key: 'setattr', prefix: '--setattr=' },
  { key: 'jobName', prefix: '--job-name=' },
  { key: 'input', prefix: '--input=' },
  { key: 'output', prefix: '--output=' },
  { key: 'error', prefix: '--error=' },
  { key: 'cc', prefix: '--cc=' },
  { key: 'bcc', prefix: '--bcc=' },
  { key: 'log', prefix: '--log=' },
  { key: 'logStderr', prefix: '--log-stderr=' },
  { key: 'dependency', prefix: '--dependency=' },
];

/** A copy of the options with the replacement strings in command and options replaced (docs/protocol/cli-mini-jobs.md §A9). */
export function replaceAll(options: MiniOptions, values: Values): MiniOptions {
  const replaced: Record<string, unknown> = { ...options, command: options.command.flatMap((word) => replaceWord(word, values)) };
  for (const { key, prefix } of replaceable) replaced[key] = replaceOption(options[key], prefix, values);
  return replaced as unknown as MiniOptions;
}

/** The options that replacement has changed, and --cc if it is given, as words of a command line; lists as Python shows them. */
export function changedOptions(before: MiniOptions, after: MiniOptions): string[] {
  return replaceable.flatMap(({ key, prefix }) => {
    const [was, is] = [shown(before[key]), shown(after[key])];
    return is !== undefined && (is !== was || (key === 'cc' && is !== '')) ? [`${prefix}${is}`] : [];
  });
}

function shown(value: unknown): string | undefined {
  if (!Array.isArray(value)) return value === undefined ? undefined : String(value);
  return reprList((value as DependencyOption[]).map((item) => (typeof item === 'string' ? item : item.beginTime)));
}

/** One word of the command, which becomes several if it is a list. */
function replaceWord(word: string, values: Values): string | string[] {
  try {
    const parts = parseFormat(word);
    const formatter = new Formatter(values);
    const [only] = parts;
    if (parts.length === 1 && typeof only === 'object') {
      const value = formatter.lookup(only.field);
      return Array.isArray(value) ? value : formatter.format(only, value);
    }
    return parts.map((part) => (typeof part === 'string' ? part : formatter.field(part))).join('');
  } catch (e) {
    if (e instanceof Missing) throw new CommandError(`Invalid replacement string in command: '${word}'`, 1, { cause: e });
    throw e;
  }
}

function replaceOption(value: unknown, prefix: string, values: Values): unknown {
  if (typeof value === 'string') return replaceText(value, prefix, values);
  if (!Array.isArray(value)) return value;
  return (value as DependencyOption[]).map((item) =>
    typeof item === 'string' ? replaceText(item, prefix, values) : { beginTime: replaceText(item.beginTime, prefix, values) },
  );
}

/** The text of an option. What stands in double braces is a template for the job shell, and left as it is. */
function replaceText(text: string, prefix: string, values: Values): string {
  const formatter = new Formatter(values);
  try {
    return text
      .split(/(\{\{.*?\}\})/)
      .flatMap((piece, i) =>
        i % 2 === 1 ? piece : parseFormat(piece).map((part) => (typeof part === 'string' ? part : formatter.field(part))),
      )
      .join('');
  } catch (e) {
    if (!(e instanceof Missing)) throw e;
    if (e.key === undefined) throw new CommandError(`Invalid replacement index in ${prefix}${text}'`, 1, { cause: e });
    throw new CommandError(`Replacement key '${e.key}' not found in '${prefix}${text}'`, 1, { cause: e });
  }
}

/** A positional (no key) or a name that there is none of. */
class Missing extends Error {
  constructor(readonly key?: string) {
    super('no such replacement');
  }
}

/** str.format() of one text: fields without a number take the positionals in turn. */
class Formatter {
  readonly #values: Values;
  #next = 0;
  #manual = false;

  constructor(values: Values) {
    this.#values = values;
  }

  field(field: FormatField): string {
    return this.format(field, this.lookup(field.field));
  }

  lookup(name: string): Input | PyValue | string[] {
    const [, first = '', rest = ''] = /^([^.[]*)(.*)$/s.exec(name)!;
    const value = first === '' || /^\d+$/.test(first) ? this.#positional(first) : this.#named(first);
    if (rest === '') return value;
    if (!rest.startsWith('.') || typeof value !== 'object') throw new Missing(name);
    return value.attribute(rest.slice(1));
  }

  format({ conversion, spec }: FormatField, value: Input | PyValue | string[]): string {
    const plain = Array.isArray(value)
      ? new PyObject(reprList(value), 'list')
      : isInput(value)
        ? new PyObject(value.text, 'Xinput')
        : value;
    switch (conversion) {
      case undefined:
        return pyFormat(plain, spec);
      case 's':
        return pyFormat(str(plain), spec);
      case 'r':
        return pyFormat(reprOf(plain), spec);
      case 'a':
        return pyFormat(asciiOf(plain), spec);
      default:
        throw new CommandError(`Unknown conversion specifier ${conversion}`);
    }
  }

  #positional(number: string): Input {
    const manual = number !== '';
    if (this.#next > 0 && manual) throw new CommandError('cannot switch from automatic field numbering to manual field specification');
    if (this.#manual && !manual) throw new CommandError('cannot switch from manual field specification to automatic field numbering');
    this.#manual ||= manual;
    const value = this.#values.positional[manual ? Number(number) : this.#next++];
    if (value === undefined) throw new Missing();
    return value;
  }

  #named(name: string): string | number {
    if (!Object.hasOwn(this.#values.named, name)) throw new Missing(name);
    return this.#values.named[name]!;
  }
}

const isInput = (value: Input | PyValue): value is Input => typeof value === 'object' && 'attribute' in value;
const reprOf = (value: PyValue) =>
  typeof value === 'string' ? reprString(value) : value instanceof PyObject ? reprString(value.text) : str(value);
const asciiOf = (value: PyValue) => (value instanceof PyObject || typeof value === 'string' ? asciiString(str(value)) : str(value));
