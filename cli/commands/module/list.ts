import type { ReceivedFrom } from '../../../core/protocol';
import { broker } from '../../../core/protocol/broker';
import type { Subcommand } from '../../args/getopt';
import { failed } from '../../command';
import { withFlux } from '../../connect';

type ModuleInfo = ReceivedFrom<typeof broker.lsmod>['mods'][number];

const MAX_IDLE = 99;
const states = 'IRFX';

export const list: Subcommand = {
  name: 'list',
  usage: '[OPTIONS] [module]',
  summary: 'List loaded modules',
  run: async (ctx, opts) => {
    opts.expectArgs(0, 1);
    const lsmod = broker.lsmod.at(opts.args[0] ?? 'broker');
    await withFlux(ctx, async (flux) => {
      const { mods } = await flux.call(lsmod).catch((e) => Promise.reject(failed(lsmod.topic, e)));
      ctx.stdout.write(['Module                       Size Digest  Idle  S Service', ...mods.map(row)].map((line) => `${line}\n`).join(''));
    });
  },
};

function row({ name, size, digest, idle, status, services }: ModuleInfo): string {
  const others = services.filter((service) => service !== name).join(',');
  const seconds = idle > MAX_IDLE ? 'idle' : String(idle);
  return `${name.slice(0, 24).padEnd(24)} ${String(size).padStart(8)} ${digest.slice(-7).padStart(7)} ${seconds.padStart(4)}  ${states[status] ?? '?'} ${others}`;
}
