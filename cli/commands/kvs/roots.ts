import { createDirref, encodeTreeobj } from '../../../core/formats/treeobj';
import { kvs as kvsService } from '../../../core/protocol/kvs';
import type { Subcommand } from '../../args/getopt';
import { CommandError, failed, failedText } from '../../command';
import { namespaceOption, withKvs } from './common';

export const dropcache: Subcommand = {
  name: 'dropcache',
  usage: '[--all]',
  summary: 'Tell KVS to drop its cache',
  description: 'Tell KVS to drop its cache',
  options: [{ name: 'all', key: 'a', help: 'Drop KVS across all ranks' }],
  run: async (ctx, opts) => {
    await withKvs(ctx, undefined, (kvs) =>
      kvs.dropcache({ all: opts.has('all') }).catch((e) => Promise.reject(failed('flux_kvs_dropcache', e))),
    );
  },
};

export const version: Subcommand = {
  name: 'version',
  usage: '[-N ns]',
  summary: 'Display curent KVS version',
  description: 'Display curent KVS version',
  options: [namespaceOption],
  run: (ctx, opts) =>
    withKvs(ctx, opts, async (kvs) => {
      const rootseq = await kvs.version().catch((e) => Promise.reject(failed('flux_kvs_get_version', e)));
      ctx.stdout.write(`${rootseq}\n`);
    }),
};

export const wait: Subcommand = {
  name: 'wait',
  usage: '[-N ns] version',
  summary: 'Block until the KVS reaches version',
  description: 'Block until the KVS reaches version',
  options: [namespaceOption],
  run: async (ctx, opts) => {
    if (opts.args.length === 0) throw opts.usageError();
    if (opts.args.length > 1) throw new CommandError('wait: specify a version');
    const rootseq = Number.parseInt(opts.args[0]!, 10) || 0;
    await withKvs(ctx, opts, (kvs) => kvs.waitVersion(rootseq).catch((e) => Promise.reject(failed('flux_kvs_wait_version', e))));
  },
};

export const getroot: Subcommand = {
  name: 'getroot',
  usage: '[-N ns] [-s|-o|-b]',
  summary: 'Get KVS root treeobj',
  description: 'Get KVS root treeobj',
  options: [
    namespaceOption,
    { name: 'sequence', key: 's', help: 'Show sequence number' },
    { name: 'owner', key: 'o', help: 'Show owner' },
    { name: 'blobref', key: 'b', help: 'Show blobref' },
  ],
  run: async (ctx, opts) => {
    opts.expectArgs(0);
    const what = (['owner', 'sequence', 'blobref'] as const).find((name) => opts.has(name)) ?? 'treeobj';
    await withKvs(ctx, opts, async (kvs) => {
      const root = await kvs.getroot().catch((e) => Promise.reject(failed(`flux_kvs_getroot_get_${what}`, e)));
      const shown = {
        owner: String(root.owner >>> 0),
        sequence: String(root.rootseq),
        blobref: root.rootref,
        treeobj: encodeTreeobj(createDirref(root.rootref)),
      };
      ctx.stdout.write(`${shown[what]}\n`);
    });
  },
};

const create: Subcommand = {
  name: 'create',
  usage: '[-o owner] [-r rootref] name [name...]',
  description: 'Create a KVS namespace',
  options: [
    { name: 'owner', key: 'o', arg: 'UID', help: 'Specify alternate namespace owner via userid' },
    { name: 'rootref', key: 'r', arg: 'REF', help: 'Initialize namespace with specific root reference' },
  ],
  run: async (ctx, opts) => {
    if (opts.args.length === 0) throw opts.usageError();
    const owner = opts.str('owner');
    if (owner !== undefined && !/^\d+$/.test(owner)) throw new CommandError('--owner requires an unsigned integer argument');
    const rootref = opts.str('rootref');
    await withKvs(ctx, undefined, async (kvs) => {
      for (const name of opts.args) {
        const options = { ...(owner === undefined ? {} : { owner: Number(owner) }), ...(rootref === undefined ? {} : { rootref }) };
        await kvs.createNamespace(name, options).catch((e) => Promise.reject(failedText(name, e)));
      }
    });
  },
};

const remove: Subcommand = {
  name: 'remove',
  usage: 'name [name...]',
  description: 'Remove a KVS namespace',
  run: async (ctx, opts) => {
    if (opts.args.length === 0) throw opts.usageError();
    await withKvs(ctx, undefined, async (kvs) => {
      for (const name of opts.args) await kvs.removeNamespace(name).catch((e) => Promise.reject(failed(name, e)));
    });
  },
};

const list: Subcommand = {
  name: 'list',
  usage: '',
  description: 'List namespaces on local rank',
  run: async (ctx, opts) => {
    opts.expectArgs(0);
    await withKvs(ctx, undefined, async (kvs) => {
      const namespaces = await kvs.listNamespaces().catch((e) => Promise.reject(failed(kvsService.namespaceList.topic, e)));
      ctx.stdout.write(`${'NAMESPACE'.padEnd(36)} ${'OWNER'.padStart(10)} ${'FLAGS'.padStart(10)}\n`);
      for (const { namespace: name, owner, flags } of namespaces) {
        const hex = flags.toString(16).toUpperCase().padStart(8, '0');
        ctx.stdout.write(`${name.padEnd(36)} ${String(owner >>> 0).padStart(10)} 0x${hex}\n`);
      }
    });
  },
};

export const namespace: Subcommand = {
  name: 'namespace',
  summary: 'Perform KVS namespace operations',
  description: 'Perform KVS namespace operations',
  subcommands: [create, remove, list],
};
