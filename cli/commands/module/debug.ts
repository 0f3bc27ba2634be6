import { builtin } from '../../../core/protocol/module';
import type { Options, Subcommand } from '../../args/getopt';
import { CommandError, failed } from '../../command';
import { withFlux } from '../../connect';

export const debug: Subcommand = {
  name: 'debug',
  usage: '[OPTIONS] module',
  summary: 'Get/set module debug flags',
  options: [
    { name: 'clear', key: 'C', help: 'Set debug flags to 0' },
    { name: 'set', key: 'S', arg: 'MASK', help: 'Set debug flags to MASK' },
    { name: 'setbit', key: 's', arg: 'MASK', help: 'Set these bits' },
    { name: 'clearbit', key: 'c', arg: 'MASK', help: 'Clear these bits' },
  ],
  run: async (ctx, opts) => {
    if (opts.args.length !== 1) throw new CommandError('flux-debug requires service argument');
    const method = builtin.debug.at(opts.args[0]!);
    await withFlux(ctx, async (flux) => {
      const { flags } = await flux.call(method, change(opts)).catch((e) => Promise.reject(failed(method.topic, e)));
      ctx.stdout.write(`0x${flags.toString(16)}\n`);
    });
  },
};

/** Without an option: set no bit, which only asks. */
function change(opts: Options): { op: string; flags: number } {
  if (opts.has('clear')) return { op: 'clr', flags: 0 };
  for (const [option, op] of [
    ['set', 'set'],
    ['clearbit', 'clrbit'],
    ['setbit', 'setbit'],
  ] as const) {
    const mask = opts.str(option);
    if (mask !== undefined) return { op, flags: parseMask(mask) };
  }
  return { op: 'setbit', flags: 0 };
}

/** strtoul(3) with base 0: 0x… hexadecimal, 0… octal. */
function parseMask(text: string): number {
  const digits = /^0[0-7]+$/.test(text) ? `0o${text.slice(1)}` : text;
  const mask = Number(digits);
  if (digits === '' || !Number.isInteger(mask) || mask < 0) throw new CommandError(`invalid mask: ${text}`);
  return mask;
}
