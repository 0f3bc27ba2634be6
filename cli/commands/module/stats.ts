import { Real } from '../../../core/formats/json';
import type { Flux } from '../../../core/handle/flux';
import type { AnyMethod } from '../../../core/protocol';
import { builtin } from '../../../core/protocol/module';
import type { Options, Subcommand } from '../../args/getopt';
import { CommandError, failed } from '../../command';
import { withFlux } from '../../connect';
import { indentedJson } from '../../render/json';

export const stats: Subcommand = {
  name: 'stats',
  usage: '[OPTIONS] [module]',
  summary: 'Display stats on module',
  options: [
    { name: 'parse', key: 'p', arg: 'OBJNAME', help: 'Print one value, by its path, e.g. a.b' },
    { name: 'scale', key: 's', arg: 'N', help: 'Multiply the value by N' },
    { name: 'type', key: 't', arg: 'int|double', help: 'Convert the value' },
    { name: 'rusage', key: 'R', help: 'Show resource usage instead' },
    { name: 'clear', key: 'c', help: 'Clear the counters' },
    { name: 'clear-all', key: 'C', help: 'Clear the counters on every rank' },
  ],
  run: async (ctx, opts) => {
    opts.expectArgs(0, 1);
    const service = opts.args[0] ?? 'broker';
    const scale = opts.float('scale', 1);
    const type = opts.str('type');
    if (type !== undefined && type !== 'int' && type !== 'double') throw new CommandError(`invalid type: ${type}: use int or double`);
    await withFlux(ctx, async (flux) => {
      if (opts.has('clear')) await ask(flux, builtin.statsClear.at(service));
      else if (opts.has('clear-all')) await clearEverywhere(flux, service);
      else
        ctx.stdout.write(`${show(await ask(flux, (opts.has('rusage') ? builtin.rusage : builtin.statsGet).at(service)), opts, scale)}\n`);
    });
  },
};

/** The response as it was sent, reals as such. */
async function ask(flux: Flux, { topic }: AnyMethod): Promise<Record<string, unknown>> {
  const response = await flux.rpcMessage(topic).catch((e) => Promise.reject(failed(topic, e)));
  return response.payload?.exactJson() ?? {};
}

async function clearEverywhere(flux: Flux, service: string): Promise<void> {
  const { topic } = builtin.statsClear.at(service); // the event is named as the method
  await flux.publish(topic).catch((e) => Promise.reject(failed(topic, e)));
}

function show(response: Record<string, unknown>, opts: Options, scale: number): string {
  const path = opts.str('parse');
  const type = opts.str('type');
  if (path === undefined && type === undefined) return indentedJson(response);
  const value = path === undefined ? response : lookup(response, path);
  if (isInteger(value) || type === 'int') return String(Math.trunc(Number(numeric(value)) * scale));
  if (value instanceof Real || type === 'double') return (numeric(value) * scale).toFixed(6);
  return indentedJson(value);
}

function lookup(response: Record<string, unknown>, path: string): unknown {
  let value: unknown = response;
  for (const key of path.split('.')) {
    value = typeof value === 'object' && value !== null && !(value instanceof Real) ? (value as Record<string, unknown>)[key] : undefined;
    if (value === undefined) throw new CommandError(`\`${path}' not found in response`);
  }
  return value;
}

const isInteger = (value: unknown): value is number | bigint => typeof value === 'number' || typeof value === 'bigint';

/** Objects and strings count as 0. */
function numeric(value: unknown): number {
  return isInteger(value) || value instanceof Real ? Number(value) : 0;
}
