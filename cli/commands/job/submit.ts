import fs from 'node:fs';
import path from 'node:path';
import { JOB_FLAG, submitJob, submitSigned } from '../../../core/client/job-submit';
import { f58 } from '../../../core/formats/f58';
import { FluxError, toFluxError } from '../../../core/sys/errors';
import type { Subcommand } from '../../args/getopt';
import { type CommandContext, CommandError, failedText } from '../../command';
import { withFlux } from '../../connect';
import { readStdin } from '../../stdin';
import { noJobspec, textOf } from '../../text';

export const submit: Subcommand = {
  name: 'submit',
  usage: '[OPTIONS] [jobspec]',
  summary: 'Run job',
  options: [
    { name: 'urgency', key: 'u', arg: 'N', help: 'Set job urgency (0-31), hold=0, default=16, expedite=31' },
    { name: 'flags', key: 'f', arg: 'LIST', split: true, help: 'Set submit flags: debug, waitable, signed, novalidate' },
  ],
  run: async (ctx, opts) => {
    opts.expectArgs(0, 1);
    const urgency = opts.int('urgency', 16);
    const { flags, signed } = parseFlags(opts.list('flags'));
    const text = await readJobspec(ctx, opts.args[0] ?? '-');
    if (text === '') throw new CommandError('required jobspec is empty');
    await withFlux(ctx, async (flux) => {
      const id = await (signed ? submitSigned(flux, text.trim(), { urgency, flags }) : submitJob(flux, text, { urgency, flags }));
      ctx.stdout.write(`${f58(id, ctx.env)}\n`);
    });
  },
};

function parseFlags(names: readonly string[]): { flags: number; signed: boolean } {
  let flags = 0;
  let signed = false;
  for (const name of names) {
    if (name === 'signed') signed = true;
    else if (Object.hasOwn(JOB_FLAG, name)) flags |= JOB_FLAG[name as keyof typeof JOB_FLAG];
    else throw new CommandError(`unknown flag: ${name}`);
  }
  return { flags, signed };
}

async function readJobspec(ctx: CommandContext, file: string): Promise<string> {
  if (file === '-') return textOf(await readStdin(ctx), 'stdin', noJobspec);
  try {
    return textOf(fs.readFileSync(path.resolve(ctx.cwd, file)), file, noJobspec);
  } catch (e) {
    throw e instanceof FluxError ? e : failedText(file, toFluxError(e));
  }
}
