import { isUtf8 } from 'node:buffer';
import fs from 'node:fs';
import path from 'node:path';
import { type CommandContext, CommandError } from '../../command';
import { onFile } from '../../os-error';
import { readStdin } from '../../stdin';
import { requireSlots } from './alloc';
import { type OwnAttributes, submitOne } from './attached';
import type { MiniOptions } from './options';

/** `flux mini batch`: submits a job that is an instance with a script as its initial program. */
export async function batch(ctx: CommandContext, options: MiniOptions): Promise<number> {
  requireSlots(options);
  const script = await readScript(ctx, options);
  const attributes: OwnAttributes = [
    ['system.shell.options.per-resource.type', 'node'],
    ['system.batch', { script, 'broker-opts': options.brokerOpts }],
    ...(options.output === undefined ? [['system.shell.options.output.stdout', { type: 'file', path: 'flux-{{id}}.out' }] as const] : []),
  ];
  const command = options.command.length > 0 ? options.command : ['batchscript'];
  const id = await submitOne(ctx, options, command, attributes);
  if (id !== undefined) ctx.stdout.write(`${id}\n`);
  return 0;
}

/** The script: a file, standard input, or with --wrap the command line. Lines may end as they do on other systems. */
async function readScript(ctx: CommandContext, { command, wrap }: MiniOptions): Promise<string> {
  const [file] = command;
  if (wrap && file !== undefined) return `#!/bin/sh\n${command.join(' ')}\n`;
  const bytes = file === undefined ? await readStdin(ctx) : onFile(file, () => fs.readFileSync(path.resolve(ctx.cwd, file)));
  if (!isUtf8(bytes)) throw new CommandError(`${file ?? 'stdin'} does not appear to be a script, or failed to encode as utf-8`);
  const script = `${wrap ? '#!/bin/sh\n' : ''}${bytes.toString().replace(/\r\n?/g, '\n')}`;
  if (!script.startsWith('#!')) throw new CommandError(`${file ?? 'batchscript'} does not appear to start with '#!'`);
  return script;
}
