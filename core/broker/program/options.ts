import { type GetoptSpec, ScanError, scan, unrecognizedOption } from '../../sys/getopt';

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

const options = [
  { name: 'help', key: 'h', help: 'Display this message.' },
  { name: 'verbose', key: 'v', arg: '[=LEVEL]', optional: true, help: 'Say what is done; more with LEVEL 2' },
  { name: 'setattr', key: 'S', arg: '=ATTR[=VAL]', help: 'Set broker attribute ATTR to VAL' },
  { name: 'config-path', key: 'c', arg: '=DIR', help: 'Read the *.toml files of DIR' },
] as const satisfies readonly (GetoptSpec & { help: string })[];

type Option = (typeof options)[number];

/** Output of `flux-broker --help`. */
const usage = `Usage: flux-broker [OPTIONS] [initial-command ...]\n${options.map(helpLine).join('')}`;

/** The description stands at column 25 (docs/protocol/cli.md §1.1). */
function helpLine(option: Option): string {
  const left = `  -${option.key}, --${option.name}${'arg' in option ? option.arg : ''}`;
  return `${left.length < 25 ? left.padEnd(25) : `${left}\n${' '.repeat(25)}`}${option.help}\n`;
}

/** Parses as getopt_long(3) does, up to the first free argument. */
export function parseBrokerArguments(argv: readonly string[]): BrokerArguments | EarlyExit {
  const result: BrokerArguments = { verbose: 0, attributes: {}, configPath: undefined, program: [] };
  const scanner = scan<Option>(options, argv);
  try {
    for (;;) {
      const step = scanner.next();
      if (step.done) return { ...result, program: step.value };
      const { spec, value } = step.value;
      if (spec.name === 'help') return { status: 0, stderr: usage };
      if (spec.name === 'verbose' && value !== undefined && !/^\s*[+-]?\d+$/.test(value))
        return { status: 1, stderr: `flux-broker: flux-broker: Option '${spec.name}' requires an integer argument\n` };
      apply(result, spec, value);
    }
  } catch (e) {
    if (!(e instanceof ScanError)) throw e;
    return { status: 1, stderr: unrecognizedOption('flux-broker', e.problem) };
  }
}

function apply(result: BrokerArguments, { name }: Option, value: string | undefined): void {
  if (name === 'verbose') result.verbose = value === undefined ? result.verbose + 1 : Number(value);
  else if (name === 'config-path') result.configPath = value;
  else if (name === 'setattr') {
    const equals = value!.indexOf('=');
    result.attributes[equals < 0 ? value! : value!.slice(0, equals)] = equals < 0 ? null : value!.slice(equals + 1);
  }
}
