import { FluxError } from '../../sys/errors';
import { type GetoptSpec, ScanError, scan, unrecognizedOption } from '../../sys/getopt';

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

const options = [
  { name: 'help', key: 'h' },
  { name: 'jobspec', key: 'j', arg: 'FILE' },
  { name: 'resources', key: 'R', arg: 'FILE' },
  { name: 'broker-rank', key: 'r', arg: 'RANK' },
  { name: 'verbose', key: 'v' },
  { name: 'standalone', key: 's' },
  { name: 'initrc', arg: 'FILE' },
] as const satisfies readonly GetoptSpec[];

type OptionName = (typeof options)[number]['name'];

const MAX_ID = (1n << 64n) - 1n;

/** Parses the command line as getopt_long(3) does (docs/protocol/shell.md §1). */
export function parseArguments(argv: readonly string[]): ShellArguments | Refusal {
  const values = new Map<OptionName, string | undefined>();
  let verbose = 0;
  const scanner = scan(options, argv);
  try {
    for (;;) {
      const step = scanner.next();
      if (step.done) return step.value.length === 1 ? checked(step.value[0]!, verbose, values) : { status: 1, stderr: usage };
      const { spec, value } = step.value;
      if (spec.name === 'help') return { status: 0, stderr: usage };
      if (spec.name === 'verbose') verbose++;
      else values.set(spec.name, value);
    }
  } catch (e) {
    if (e instanceof ScanError) return { status: 1, stderr: unrecognizedOption('flux-shell', e.problem) };
    if (e instanceof FluxError) return refuse(e.message);
    throw e;
  }
}

/** @throws FluxError EINVAL, ERANGE with the text to print for numbers that are none */
function checked(id: string, verbose: number, values: ReadonlyMap<OptionName, string | undefined>): ShellArguments | Refusal {
  const standalone = values.has('standalone');
  if (standalone && !(values.has('jobspec') && values.has('resources') && values.has('broker-rank')))
    return refuse('FATAL: standalone mode requires --jobspec, --resources and --broker-rank');
  return {
    jobid: parseDecimalId(id),
    standalone,
    verbose,
    jobspec: values.get('jobspec'),
    resources: values.get('resources'),
    brokerRank: parseRank(values.get('broker-rank')),
    initrc: values.get('initrc'),
  };
}

function parseDecimalId(text: string): bigint {
  if (!/^\d+$/.test(text)) throw new FluxError('EINVAL', 'ERROR: error parsing jobid: garbage follows number');
  const id = BigInt(text);
  if (id > MAX_ID) throw new FluxError('ERANGE', 'ERROR: error parsing jobid: Numerical result out of range');
  return id;
}

function parseRank(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw new FluxError('EINVAL', "flux-shell: Option 'broker-rank' requires an integer argument");
  return Number(text);
}

const refuse = (text: string): Refusal => ({ status: 1, stderr: `flux-shell: ${text}\n` });
