import { formatHelp, formatUsage, optionNames } from './argparse-help';
import type { Argument, ArgumentType, Namespace, ParserSpec } from './argparse-spec';
import { CommandExit } from './exit';
import { intError, parseFloat10, parseInt10, reprString } from './python';
import { suggestionLine } from './suggest';

export type * from './argparse-spec';

/** Thrown by a type for a word that it refuses: its message is the error's text (argparse.ArgumentTypeError). */
export class ArgumentTypeError extends Error {}

/** An integer, as int() of Python reads it. */
export const int: ArgumentType = { label: 'int', parse: (text) => parseInt10(text) ?? raise(intError(text)) };
/** A real number, as float() of Python reads it. */
export const float: ArgumentType = { label: 'float', parse: (text) => parseFloat10(text) ?? raise('not a float') };

const helpArgument: Argument = { flags: ['-h', '--help'], help: 'show this help message and exit', nargs: 0 };

/**
 * Parses `argv` as Python's argparse does (docs/protocol/cli.md §1.2): options anywhere before the rest, abbreviations of long options, values
 * attached or apart. Throws CommandExit: usage and `PROG: error: TEXT` on stderr with status 2, or the help on stdout with status 0.
 */
export function parseArgs(spec: ParserSpec, argv: readonly string[], env: NodeJS.ProcessEnv = {}): Namespace {
  const { space, extras } = parseKnown(spec, argv, env);
  if (extras.length > 0) {
    const { stderr } = usageError(spec, `unrecognized arguments: ${extras.join(' ')}`, env);
    throw new CommandExit(2, { stderr: stderr + suggestionFor(extras[0]!, spec, space) });
  }
  return space;
}

/** A line that names the long option which was probably meant. */
function suggestionFor(word: string, spec: ParserSpec, space: Namespace): string {
  if (!word.startsWith('--')) return '';
  const chosen = spec.subparsers?.parsers.find(({ name }) => name === space[spec.subparsers!.dest]);
  const known = [helpArgument, ...spec.arguments, ...(chosen?.arguments ?? [])].filter(({ hidden }) => !hidden);
  return suggestionLine(
    word.split('=')[0]!,
    known.flatMap(({ flags = [] }) => flags.filter((flag) => flag.startsWith('--'))),
  );
}

/** As parseArgs, but returns what it does not know instead of failing. */
export function parseKnown(spec: ParserSpec, argv: readonly string[], env: NodeJS.ProcessEnv = {}): { space: Namespace; extras: string[] } {
  return new Parser(spec, env).parse(argv);
}

/** `usage: …` and `PROG: error: TEXT`, status 2: for checks that a command makes itself (parser.error()). */
export function usageError(spec: ParserSpec, text: string, env: NodeJS.ProcessEnv = {}): CommandExit {
  return new CommandExit(2, { stderr: `${formatUsage(spec, env)}${spec.prog}: error: ${text}\n` });
}

/** An option string found on the command line; `argument` is undefined for one nobody knows. */
interface Found {
  argument: Argument | undefined;
  flag: string;
  explicit: string | undefined;
}

class Parser {
  readonly #spec: ParserSpec;
  readonly #env: NodeJS.ProcessEnv;
  readonly #byFlag = new Map<string, Argument>();
  readonly #positionals: Argument[];
  readonly #space: Namespace = {};
  readonly #seen = new Set<Argument>();
  readonly #extras: string[] = [];
  #argv: readonly string[] = [];
  #options = new Map<number, Found>();
  #pattern = '';

  constructor(spec: ParserSpec, env: NodeJS.ProcessEnv) {
    this.#spec = spec;
    this.#env = env;
    for (const argument of [helpArgument, ...spec.arguments]) for (const flag of argument.flags ?? []) this.#byFlag.set(flag, argument);
    this.#positionals = spec.arguments.filter((argument) => !argument.flags);
    if (spec.subparsers) this.#positionals.push({ dest: spec.subparsers.dest, nargs: 'subcommand' });
  }

  parse(argv: readonly string[]): { space: Namespace; extras: string[] } {
    for (const argument of this.#spec.arguments) this.#space[destOf(argument)] ??= defaultOf(argument);
    if (this.#spec.subparsers) this.#space[this.#spec.subparsers.dest] = undefined;
    this.#argv = argv;
    this.#classify();
    this.#consumeAll();
    this.#checkRequired();
    return { space: this.#space, extras: this.#extras };
  }

  /** Each word is an option (O), an argument (A) or `--`; all after `--` are arguments. */
  #classify(): void {
    let ended = false;
    for (const [i, word] of this.#argv.entries()) {
      const found = ended || word === '--' ? undefined : this.#option(word);
      if (found) this.#options.set(i, found);
      this.#pattern += found ? 'O' : word === '--' && !ended ? '-' : 'A';
      ended ||= word === '--';
    }
  }

  #option(word: string): Found | undefined {
    if (!word.startsWith('-') || word === '-') return undefined;
    if (this.#byFlag.has(word)) return { argument: this.#byFlag.get(word), flag: word, explicit: undefined };
    const equals = word.indexOf('=');
    const name = equals < 0 ? word : word.slice(0, equals);
    const explicit = equals < 0 ? undefined : word.slice(equals + 1);
    if (explicit !== undefined && this.#byFlag.has(name)) return { argument: this.#byFlag.get(name), flag: name, explicit };
    const candidates = this.#candidates(word, name, explicit);
    if (candidates.length > 1) throw this.#error(`ambiguous option: ${word} could match ${candidates.map((c) => c.flag).join(', ')}`);
    if (candidates.length === 1) return candidates[0];
    // A negative number is a value, and so is a word with a blank in it.
    if (/^-\d+$|^-\d*\.\d+$/.test(word) || word.includes(' ')) return undefined;
    return { argument: undefined, flag: word, explicit: undefined };
  }

  #candidates(word: string, name: string, explicit: string | undefined): Found[] {
    const found: Found[] = [];
    for (const [flag, argument] of this.#byFlag) {
      if (word.startsWith('--')) {
        if (flag.startsWith(name)) found.push({ argument, flag, explicit });
      } else if (flag === word.slice(0, 2)) found.push({ argument, flag, explicit: word.slice(2) });
      else if (flag.startsWith(name)) found.push({ argument, flag, explicit });
    }
    return found;
  }

  #consumeAll(): void {
    let at = 0;
    const last = Math.max(-1, ...this.#options.keys());
    while (at <= last) {
      const next = Math.min(...[...this.#options.keys()].filter((i) => i >= at));
      if (at !== next) {
        const after = this.#consumePositionals(at);
        if (after > at) {
          at = after;
          continue;
        }
      }
      if (!this.#options.has(at)) {
        this.#extras.push(...this.#argv.slice(at, next));
        at = next;
      }
      at = this.#consumeOption(at);
    }
    this.#extras.push(...this.#argv.slice(this.#consumePositionals(at)));
  }

  #consumeOption(at: number): number {
    let { argument, flag, explicit } = this.#options.get(at)!;
    if (!argument) {
      this.#extras.push(this.#argv[at]!);
      return at + 1;
    }
    // `-abc`: flags that take nothing, clustered.
    while (explicit !== undefined) {
      const takes = match(argument, 'A');
      if (takes === 1) {
        this.#apply(argument, [explicit], flag);
        return at + 1;
      }
      const next = `-${explicit[0]}`;
      if (takes !== 0 || flag.startsWith('--') || explicit === '' || !this.#byFlag.has(next)) {
        throw this.#error(`argument ${optionNames(argument)}: ignored explicit argument ${reprString(explicit)}`);
      }
      this.#apply(argument, [], flag);
      argument = this.#byFlag.get(next)!;
      flag = next;
      explicit = explicit.slice(1) || undefined;
    }
    const count = match(argument, this.#pattern.slice(at + 1));
    if (count === undefined) throw this.#error(`argument ${optionNames(argument)}: ${expected(argument)}`);
    this.#apply(argument, this.#argv.slice(at + 1, at + 1 + count), flag);
    return at + 1 + count;
  }

  /** Gives as many positionals as can be satisfied their words; returns the index after them. */
  #consumePositionals(at: number): number {
    const counts = matchPartial(this.#positionals, this.#pattern.slice(at));
    for (const count of counts) {
      this.#apply(this.#positionals.shift()!, this.#argv.slice(at, at + count), undefined);
      at += count;
    }
    return at;
  }

  #apply(argument: Argument, words: readonly string[], flag: string | undefined): void {
    if (argument === helpArgument) throw new CommandExit(0, { stdout: formatHelp(this.#spec, this.#env) });
    this.#seen.add(argument);
    if (argument.nargs === 'subcommand') this.#subcommand(words);
    else this.#store(argument, this.#value(argument, words), flag);
  }

  #store(argument: Argument, value: unknown, flag: string | undefined): void {
    const dest = destOf(argument);
    if (typeof argument.action === 'function') argument.action(this.#space, value, flag);
    else if (argument.action === 'append') this.#space[dest] = [...((this.#space[dest] as unknown[] | undefined) ?? []), value];
    else if (argument.action === 'count') this.#space[dest] = ((this.#space[dest] as number | undefined) ?? 0) + 1;
    else this.#space[dest] = value;
  }

  #value(argument: Argument, words: readonly string[]): unknown {
    if (argument.action === 'true' || argument.action === 'false') return argument.action === 'true';
    if (argument.action === 'const' || argument.action === 'count') return argument.const;
    const nargs = argument.nargs;
    const kept = nargs === 'rest' ? words : dropDashes(words);
    if (nargs === undefined) return this.#convert(argument, kept[0]!);
    if (nargs === '?') return kept.length > 0 ? this.#convert(argument, kept[0]!) : argument.flags ? argument.const : argument.default;
    if (nargs === '*' && kept.length === 0 && !argument.flags && argument.default !== undefined) return argument.default;
    return kept.map((word) => this.#convert(argument, word));
  }

  #convert(argument: Argument, word: string): unknown {
    const value = this.#typed(argument, word);
    if (argument.choices && !argument.choices.includes(word)) throw this.#choiceError(optionNames(argument), word, argument.choices);
    return value;
  }

  #typed(argument: Argument, word: string): unknown {
    if (!argument.type) return word;
    try {
      return argument.type.parse(word);
    } catch (e) {
      const text = e instanceof ArgumentTypeError ? e.message : `invalid ${argument.type.label} value: ${reprString(word)}`;
      throw this.#error(`argument ${optionNames(argument)}: ${text}`);
    }
  }

  #subcommand(words: readonly string[]): void {
    const { dest, parsers } = this.#spec.subparsers!;
    const [name = '', ...rest] = words[0] === '--' ? words.slice(1) : words;
    const sub = parsers.find((parser) => parser.name === name);
    if (!sub)
      throw this.#choiceError(
        dest,
        name,
        parsers.map((parser) => parser.name),
      );
    const { space, extras } = parseKnown({ ...sub, prog: `${this.#spec.prog} ${name}` }, rest, this.#env);
    Object.assign(this.#space, space, { [dest]: name });
    this.#extras.push(...extras);
  }

  #checkRequired(): void {
    const missing = this.#spec.arguments.filter((argument) => !this.#seen.has(argument) && isRequired(argument)).map(optionNames);
    const subparsers = this.#spec.subparsers;
    if (subparsers?.required && this.#space[subparsers.dest] === undefined) missing.push(subparsers.dest);
    if (missing.length > 0) throw this.#error(`the following arguments are required: ${missing.join(', ')}`);
  }

  #choiceError(name: string, word: string, choices: readonly string[]): CommandExit {
    return this.#error(`argument ${name}: invalid choice: ${reprString(word)} (choose from ${choices.map(reprString).join(', ')})`);
  }

  #error(text: string): CommandExit {
    return usageError(this.#spec, text, this.#env);
  }
}

function isRequired(argument: Argument): boolean {
  if (argument.flags) return argument.required ?? false;
  if (argument.nargs === '?' || argument.nargs === 'rest') return false;
  return argument.nargs !== '*' || argument.default === undefined;
}

function destOf(argument: Argument): string {
  if (argument.dest) return argument.dest;
  const flag = argument.flags!.find((f) => f.startsWith('--')) ?? argument.flags![0]!;
  return flag.replace(/^-+/, '').replaceAll('-', '_');
}

function defaultOf(argument: Argument): unknown {
  if (argument.default !== undefined) return argument.default;
  if (argument.action === 'true') return false;
  return argument.action === 'false' ? true : undefined;
}

/** The number of words that `argument` takes from the front of `pattern`, or undefined if it can't be satisfied. */
function match(argument: Argument, pattern: string): number | undefined {
  return new RegExp(`^${expression(argument)}`).exec(pattern)?.[0].length;
}

/** The longest run of positionals that the front of `pattern` satisfies: the number of words of each. */
function matchPartial(positionals: readonly Argument[], pattern: string): number[] {
  for (let n = positionals.length; n > 0; n--) {
    const found = new RegExp(
      `^${positionals
        .slice(0, n)
        .map((p) => `(${expression(p)})`)
        .join('')}`,
    ).exec(pattern);
    if (found) return found.slice(1).map((group) => group.length);
  }
  return [];
}

/** Words that an argument takes, as a regular expression over the pattern; an option never takes `--`, so it takes none of the `-`. */
function expression(argument: Argument): string {
  const nargs = takesNothing(argument) ? 0 : argument.nargs;
  const forms: Record<string, string> = { '?': '-*A?-*', '*': '-*[A-]*', '+': '-*A[A-]*', rest: '[-AO]*', subcommand: '-*A[-AO]*' };
  const form = nargs === undefined ? '-*A-*' : typeof nargs === 'number' ? `-*${'A-*'.repeat(nargs)}` : forms[nargs]!;
  return argument.flags ? form.replaceAll('-*', '').replaceAll('A-', 'A').replace('[-AO]', '[AO]') : form;
}

const takesNothing = (argument: Argument) => ['true', 'false', 'const', 'count'].includes(String(argument.action));

function expected(argument: Argument): string {
  switch (argument.nargs) {
    case undefined:
    case 1:
      return 'expected one argument';
    case '?':
      return 'expected at most one argument';
    case '+':
      return 'expected at least one argument';
    default:
      return `expected ${argument.nargs} arguments`;
  }
}

function dropDashes(words: readonly string[]): readonly string[] {
  const at = words.indexOf('--');
  return at < 0 ? words : [...words.slice(0, at), ...words.slice(at + 1)];
}

function raise(text: string): never {
  throw new Error(text);
}
