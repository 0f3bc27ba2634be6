import { parseArgs } from 'node:util';
import { FluxError } from '../sys/errors';

/** The command line of flux-shell(1). */
export interface ShellArguments {
  jobid: bigint;
  standalone: boolean;
  verbose: number;
  jobspec: string | undefined;
  resources: string | undefined;
  brokerRank: number | undefined;
  initrc: string | undefined;
}

/** Where the command line ends without a shell: what to print, and the exit status. */
export interface Refusal {
  status: number;
  stderr: string;
}

const usage = `Usage: flux-shell [OPTIONS] JOBID
  -h, --help             Display this message.
  -j, --jobspec=FILE     Get jobspec from FILE, not job-info service
  -R, --resources=FILE   Get R from FILE, not job-info service
  -r, --broker-rank=RANK Set broker rank, rather than asking broker
  -v, --verbose          Log actions to stderr
  -s, --standalone       Run local program without Flux instance
      --initrc=FILE      Load shell initrc from FILE instead of the system
                         default
`;

const options = {
  help: { type: 'boolean', short: 'h' },
  jobspec: { type: 'string', short: 'j' },
  resources: { type: 'string', short: 'R' },
  'broker-rank': { type: 'string', short: 'r' },
  verbose: { type: 'boolean', short: 'v', multiple: true },
  standalone: { type: 'boolean', short: 's' },
  initrc: { type: 'string' },
} as const;

const MAX_ID = (1n << 64n) - 1n;

/** Parses the command line (contract/shell.md §1). */
export function parseArguments(argv: readonly string[]): ShellArguments | Refusal {
  const parsed = parseArgs({ args: [...argv], options, allowPositionals: true, strict: false, tokens: true });
  for (const token of parsed.tokens) {
    if (token.kind !== 'option') continue;
    const known = Object.hasOwn(options, token.name) ? options[token.name as keyof typeof options] : undefined;
    if (!known) return misuse(`unrecognized option '${token.rawName}'`);
    if (known.type === 'string' && token.value === undefined) return misuse(`option '${token.rawName}' requires an argument`);
    if (known.type === 'boolean' && token.value !== undefined) return misuse(`option '${token.rawName}' doesn't allow an argument`);
  }
  const { values, positionals } = parsed;
  if (values.help) return { status: 0, stderr: usage };
  if (positionals.length !== 1) return { status: 1, stderr: usage };
  const text = (name: 'jobspec' | 'resources' | 'broker-rank' | 'initrc') => values[name] as string | undefined;
  const standalone = values.standalone === true;
  if (standalone && (text('jobspec') === undefined || text('resources') === undefined || text('broker-rank') === undefined))
    return refuse('FATAL: standalone mode requires --jobspec, --resources and --broker-rank');
  try {
    return {
      jobid: parseDecimalId(positionals[0]!),
      standalone,
      verbose: Array.isArray(values.verbose) ? values.verbose.length : 0,
      jobspec: text('jobspec'),
      resources: text('resources'),
      brokerRank: parseRank(text('broker-rank')),
      initrc: text('initrc'),
    };
  } catch (e) {
    return refuse(`ERROR: ${(e as FluxError).message}`);
  }
}

function parseDecimalId(text: string): bigint {
  if (!/^\d+$/.test(text)) throw new FluxError('EINVAL', 'error parsing jobid: garbage follows number');
  const id = BigInt(text);
  if (id > MAX_ID) throw new FluxError('ERANGE', 'error parsing jobid: Numerical result out of range');
  return id;
}

function parseRank(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw new FluxError('EINVAL', `invalid broker rank '${text}'`);
  return Number(text);
}

const refuse = (text: string): Refusal => ({ status: 1, stderr: `flux-shell: ${text}\n` });
const misuse = (text: string): Refusal => refuse(`${text}\nTry \`flux-shell --help' for more information.`);
