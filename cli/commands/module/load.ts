import type { Flux } from '../../../core/handle/flux';
import { broker } from '../../../core/protocol/broker';
import { isErrno } from '../../../core/sys/errors';
import type { OptionSpec, Options, Subcommand } from '../../args/getopt';
import { CommandError, failed, failedText } from '../../command';
import { withFlux } from '../../connect';
import { findModule, type ModuleFile, managerOf } from './find';

const rankOption: OptionSpec = { name: 'rank', key: 'r', arg: 'RANK', help: 'Send RPC to specified rank' };
const forceOption: OptionSpec = { name: 'force', key: 'f', help: 'A module that is not loaded is no error' };

export const load: Subcommand = {
  name: 'load',
  usage: '[OPTIONS] module',
  summary: 'Load module',
  options: [rankOption],
  run: async (ctx, opts) => {
    if (opts.args.length === 0) throw opts.usageError();
    const to = destination(opts);
    const module = findModule(ctx, opts.args[0]!);
    await withFlux(ctx, (flux) => insert(flux, module, opts.args.slice(1), to));
  },
};

export const remove: Subcommand = {
  name: 'remove',
  usage: '[OPTIONS] module',
  summary: 'Unload module',
  options: [rankOption, forceOption],
  run: async (ctx, opts) => {
    opts.expectArgs(1);
    const to = destination(opts);
    const word = opts.args[0]!;
    const name = word.includes('/') ? findModule(ctx, word).name : word;
    await withFlux(ctx, (flux) => take(flux, name, to, opts.has('force')));
  },
};

export const reload: Subcommand = {
  name: 'reload',
  usage: '[OPTIONS] module',
  summary: 'Reload module',
  options: [rankOption, forceOption],
  run: async (ctx, opts) => {
    if (opts.args.length === 0) throw opts.usageError();
    const to = destination(opts);
    const module = findModule(ctx, opts.args[0]!);
    await withFlux(ctx, async (flux) => {
      await take(flux, module.name, to, opts.has('force'));
      await insert(flux, module, opts.args.slice(1), to);
    });
  },
};

export const info: Subcommand = {
  name: 'info',
  usage: '[OPTIONS] module',
  summary: 'Display module info',
  run: (ctx, opts) => {
    opts.expectArgs(1);
    const { name, path, size, digest } = findModule(ctx, opts.args[0]!);
    ctx.stdout.write(`Module name:  ${name}\nModule path:  ${path}\nSHA1 Digest:  ${digest}\nSize:         ${size} bytes\n`);
  },
};

async function insert(flux: Flux, module: ModuleFile, args: string[], to: Destination): Promise<void> {
  const insmod = broker.insmod.at(managerOf(module.name));
  const { topic } = insmod;
  try {
    await flux.call(insmod, { path: module.path, args }, to);
  } catch (e) {
    if (isErrno(e, 'EEXIST')) throw new CommandError(`${topic}: ${module.name} module/service is in use`);
    throw isErrno(e, 'ENOSYS') ? failed(topic, e) : failedText(topic, e);
  }
}

async function take(flux: Flux, name: string, to: Destination, force: boolean): Promise<void> {
  const rmmod = broker.rmmod.at(managerOf(name));
  try {
    await flux.call(rmmod, { name }, to);
  } catch (e) {
    if (force && isErrno(e, 'ENOENT')) return;
    throw failed(`${rmmod.topic} ${name}`, e);
  }
}

/** The broker to ask; default: the local one. */
type Destination = { nodeid?: number };

function destination(opts: Options): Destination {
  const rank = opts.int('rank');
  return rank === undefined ? {} : { nodeid: rank };
}
