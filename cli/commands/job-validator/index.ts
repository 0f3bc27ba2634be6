import { createInterface } from 'node:readline';
import { decodeJson, encodeJson, isJsonObject, type JsonObject } from '../../../core/formats/json';
import type { Flux } from '../../../core/handle/flux';
import { Role } from '../../../core/message/constants';
import type { Log } from '../../../core/plugin/types/common';
import type { Validate, ValidatorJob } from '../../../core/plugin/types/validator';
import { userId } from '../../../core/sys/credentials';
import { errorMessage } from '../../../core/sys/errors';
import { type Argument, type Namespace, type ParserSpec, parseArgs, parseKnown } from '../../args/argparse';
import { grammarOfParser } from '../../args/argparse-grammar';
import { type CommandContext, CommandError, CommandExit, defineCommand } from '../../command';
import { connectPython } from '../../connect';
import { type Validator, Validators, validateWith } from './validators';

const ownArguments: Argument[] = [
  { flags: ['--jobspec-only'], action: 'true', help: 'Expect bare jobspec on stdin' },
  { flags: ['--plugins'], metavar: 'LIST', action: 'append', help: 'Validator plugins, by name or path (default: jobspec)' },
  { flags: ['--list-plugins'], action: 'true', help: 'List available plugins' },
];

/**
 * The worker of job-ingest: validates jobs from standard input, a line of JSON each, and answers with a line each
 * (docs/protocol/job-manager.md §3.4).
 */
export default defineCommand({
  name: 'job-validator',
  summary: 'Validate jobspec',
  family: 'python',
  grammar: () => grammarOfParser(parserOf([])),
  examples: [['Is this a valid jobspec?', 'flux mini run --dry-run hostname | flux job-validator --jobspec-only']],
  run: async (ctx) => {
    const validators = new Validators(ctx.env['FLUX_MODULE_PATH'] ?? '');
    const { space } = parseKnown(parserOf([]), withoutHelp(ctx.argv), ctx.env);
    if (space['list_plugins']) {
      const lines = validators.all().map(({ name, description }) => `${name.padEnd(20)}  ${description}\n`);
      ctx.stdout.write(`Available plugins:\n${lines.join('')}`);
      return 0;
    }
    const names = ((space['plugins'] as string[] | undefined) ?? ['jobspec']).flatMap((list) => list.split(',').filter(Boolean));
    const chosen = names.map((name) => find(ctx, validators, name));
    const options = parseArgs(parserOf(chosen), ctx.argv, ctx.env);
    const connection = new Connection(ctx);
    try {
      const checks = await Promise.all(chosen.map((validator) => setUp(ctx, validator, options, connection)));
      return await validateLines(ctx, checks, Boolean(options['jobspec_only']));
    } finally {
      await connection.close();
    }
  },
});

function parserOf(validators: readonly Validator[]): ParserSpec {
  const options = validators.flatMap((validator) =>
    Object.entries(validator.options ?? {}).map(
      ([name, { metavar, help, default: fallback, required }]): Argument => ({
        flags: [`--${name}`],
        metavar,
        help,
        group: `Options of the ${validator.name} plugin`,
        ...(fallback === undefined ? {} : { default: fallback }),
        ...(required ? { required } : {}),
      }),
    ),
  );
  return { prog: 'flux-job-validator', arguments: [...ownArguments, ...options] };
}

/** --help is for the second reading, which knows the plugins' options. */
const withoutHelp = (argv: readonly string[]) => argv.filter((word) => word !== '-h' && word !== '--help');

function find(ctx: CommandContext, validators: Validators, name: string): Validator {
  const validator = validators.find(name);
  if (!validator) throw critical(ctx, `validator plugin '${name}' not found`);
  return validator;
}

async function setUp(
  ctx: CommandContext,
  { name, setup, options }: Validator,
  space: Namespace,
  connection: Connection,
): Promise<Validate> {
  const values = Object.keys(options ?? {}).map((option) => [option, space[option.replaceAll('-', '_')] as string | undefined]);
  const at = (level: string) => (text: string) => ctx.stderr.write(`${ctx.prog}: ${level}: ${name}: ${text}\n`);
  try {
    return await setup({
      options: Object.fromEntries(values),
      flux: () => connection.open(),
      log: logTo(at),
    });
  } catch (e) {
    throw critical(ctx, errorMessage(e));
  }
}

function logTo(at: (level: string) => (text: string) => void): Log {
  const [crit, err, info] = [at('CRITICAL'), at('ERROR'), at('INFO')];
  return { emerg: crit, alert: crit, crit, err, warning: at('WARNING'), notice: info, info, debug: at('DEBUG') };
}

function critical(ctx: CommandContext, text: string): CommandExit {
  return new CommandExit(1, { stderr: `${ctx.prog}: CRITICAL: ${text}\n` });
}

/** A handle that all plugins share, opened when the first asks for it. */
class Connection {
  readonly #ctx: CommandContext;
  #flux: Promise<Flux> | undefined;

  constructor(ctx: CommandContext) {
    this.#ctx = ctx;
  }

  open(): Promise<Flux> {
    this.#flux ??= connectPython(this.#ctx);
    return this.#flux;
  }

  async close(): Promise<void> {
    const flux = await this.#flux?.catch(() => undefined);
    flux?.close();
    await flux?.closed;
  }
}

/** Lines are validated concurrently and answered in their order. Returns the exit status. */
async function validateLines(ctx: CommandContext, checks: readonly Validate[], bare: boolean): Promise<number> {
  let failed = false;
  let answered = Promise.resolve();
  try {
    for await (const line of createInterface({ input: ctx.stdin })) {
      const result = validateWith(checks, parseJob(line, bare));
      answered = Promise.all([answered, result]).then(([, verdict]) => {
        failed ||= verdict.errnum !== 0;
        ctx.stdout.write(`${encodeJson(verdict)}\n`);
      });
      answered.catch(() => {}); // seen below
    }
  } finally {
    await answered;
  }
  return bare && failed ? 1 : 0;
}

function parseJob(line: string, bare: boolean): ValidatorJob {
  const value = decodeJson(line, { reals: true });
  if (bare) return { jobspec: value as JsonObject, userid: userId(), rolemask: Role.owner, urgency: 16, flags: null };
  if (!isJsonObject(value) || !Object.hasOwn(value, 'jobspec')) throw new CommandError('input has no jobspec');
  return value as unknown as ValidatorJob;
}
