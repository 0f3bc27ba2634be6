/** How many words an argument takes: a number, `?`, `*`, `+`, the rest of the line, or a sub-command and all after it. */
export type Nargs = number | '?' | '*' | '+' | 'rest' | 'subcommand';

/** Parsed values by destination. */
export type Namespace = Record<string, unknown>;

/** Converts one word; throws ArgumentTypeError for a text of its own, anything else for `invalid NAME value: 'x'`. */
export interface ArgumentType {
  readonly label: string;
  parse(text: string): unknown;
}

/** One argument of a Python command, as add_argument() takes it. */
export interface Argument {
  /** `['-n', '--ntasks']`; a positional has none. */
  flags?: readonly string[];
  /** Where the value goes; default: the first long flag's name with `_` for `-`. Required for positionals. */
  dest?: string;
  /** Effect of the argument (default `store`); a function gets the namespace, the values and the flag as typed, and stores what it likes. */
  action?:
    | 'store'
    | 'true'
    | 'false'
    | 'const'
    | 'append'
    | 'count'
    | ((space: Namespace, value: unknown, flag: string | undefined) => void);
  nargs?: Nargs;
  const?: unknown;
  default?: unknown;
  type?: ArgumentType;
  choices?: readonly string[];
  required?: boolean;
  metavar?: string;
  help?: string;
  /** Left out of the help (argparse.SUPPRESS). */
  hidden?: boolean;
  /** Heading in the help; default `optional arguments` / `positional arguments`. */
  group?: string;
}

/** A parser of a Python command or sub-command, as ArgumentParser() takes it. */
export interface ParserSpec {
  /** `flux-mini`, `flux-mini run`. */
  prog: string;
  description?: string;
  epilog?: string;
  /** Replaces the generated usage (without `usage: `). */
  usage?: string;
  arguments: readonly Argument[];
  subparsers?: Subparsers;
}

/** The sub-commands of a parser, as add_subparsers() takes them. */
export interface Subparsers {
  /** Where the chosen name goes; also its name in errors. */
  dest: string;
  required?: boolean;
  /** Heading in the help. */
  title?: string;
  parsers: readonly (Omit<ParserSpec, 'prog'> & { name: string; help?: string })[];
}
