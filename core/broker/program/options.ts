/** A checked command line of flux-broker(1). */
export interface BrokerArguments {
  verbose: number;
  /** `--setattr`: null for an attribute without a value. The last use of a name wins. */
  attributes: Record<string, string | null>;
  configPath: string | undefined;
  program: string[];
}

/** Ends the program before it has begun: what it prints, and its exit status. */
export interface EarlyExit {
  status: number;
  stderr: string;
}

interface Option {
  long: string;
  key: string;
  argument: 'none' | 'required' | 'optional';
  /** How the argument is shown. */
  shown?: string;
  help: string;
}

const options: readonly Option[] = [
  { long: 'help', key: 'h', argument: 'none', help: 'Display this message.' },
  { long: 'verbose', key: 'v', argument: 'optional', shown: '[=LEVEL]', help: 'Say what is done; more with LEVEL 2' },
  { long: 'setattr', key: 'S', argument: 'required', shown: '=ATTR[=VAL]', help: 'Set broker attribute ATTR to VAL' },
  { long: 'config-path', key: 'c', argument: 'required', shown: '=DIR', help: 'Read the *.toml files of DIR' },
];

/** What `flux-broker --help` prints. */
const usage = `Usage: flux-broker [OPTIONS] [initial-command ...]\n${options.map(helpLine).join('')}`;

/** The description stands at column 25 (contract/cli.md 1.1). */
function helpLine({ key, long, shown = '', help }: Option): string {
  const left = `  -${key}, --${long}${shown}`;
  return `${left.length < 25 ? left.padEnd(25) : `${left}\n${' '.repeat(25)}`}${help}\n`;
}

/** Parses as getopt_long(3) does, up to the first free argument. */
export function parseBrokerArguments(argv: readonly string[]): BrokerArguments | EarlyExit {
  const result: BrokerArguments = { verbose: 0, attributes: {}, configPath: undefined, program: [] };
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!;
    if (word === '--' || word === '-' || !word.startsWith('-')) {
      result.program = argv.slice(word === '--' ? i + 1 : i);
      return result;
    }
    const uses = word.startsWith('--') ? longUse(word) : shortUses(word);
    if (typeof uses === 'string') return unrecognized(uses);
    for (const use of uses) {
      const { option } = use;
      if (option.argument === 'required') use.value ??= argv[++i];
      if (option.argument === 'required' && use.value === undefined) return unrecognized(`-${option.key}`);
      if (option.argument === 'none' && use.value !== undefined) return unrecognized(`-${option.key}`);
      if (option.long === 'help') return { status: 0, stderr: usage };
      if (option.argument === 'optional' && use.value !== undefined && !/^\s*[+-]?\d+$/.test(use.value))
        return { status: 1, stderr: `flux-broker: flux-broker: Option '${option.long}' requires an integer argument\n` };
      apply(result, option, use.value);
    }
  }
  return result;
}

interface Use {
  option: Option;
  value: string | undefined;
}

/** `--name`, `--name=VALUE`, or an unambiguous beginning of the name; the word itself if it is none. */
function longUse(word: string): Use[] | string {
  const [, name, value] = /^--([^=]*)(?:=(.*))?$/s.exec(word)!;
  const found = options.filter(({ long }) => long.startsWith(name!));
  const option = found.find(({ long }) => long === name) ?? (found.length === 1 ? found[0] : undefined);
  return option ? [{ option, value }] : word;
}

/**
 * A cluster: flags, and at its end one option with its value attached; or the first that is none. An optional value is never attached to a short
 * option.
 */
function shortUses(word: string): Use[] | string {
  const uses: Use[] = [];
  for (let i = 1; i < word.length; i++) {
    const option = options.find(({ key }) => key === word[i]);
    if (!option) return `-${word[i]}`;
    const attached = option.argument === 'required' && i + 1 < word.length ? word.slice(i + 1) : undefined;
    uses.push({ option, value: attached });
    if (attached !== undefined) break;
  }
  return uses;
}

function apply(result: BrokerArguments, { long }: Option, value: string | undefined): void {
  if (long === 'verbose') result.verbose = value === undefined ? result.verbose + 1 : Number(value);
  else if (long === 'config-path') result.configPath = value;
  else if (long === 'setattr') {
    const equals = value!.indexOf('=');
    result.attributes[equals < 0 ? value! : value!.slice(0, equals)] = equals < 0 ? null : value!.slice(equals + 1);
  }
}

function unrecognized(word: string): EarlyExit {
  return { status: 1, stderr: `flux-broker: unrecognized option '${word}'\nTry \`flux-broker --help' for more information.\n` };
}
