import { Kvs, kvsNamespaceFrom } from '../../../core/client/kvs';
import { FluxError, isErrno } from '../../../core/sys/errors';
import { originalBytes } from '../../../core/sys/original-bytes';
import type { OptionSpec, Options, Subcommand } from '../../args/getopt';
import { type CommandContext, CommandError, failed } from '../../command';
import { withFlux } from '../../connect';
import { readStdin } from '../../stdin';
import { textOf } from '../../text';
import { atOption, commit, linkText, namespaceOption, rootOptions, snapshotOf, withKvs } from './common';

export const put: Subcommand = {
  name: 'put',
  usage: '[-N ns] [-O|-s] [-r|-t] [-n] [-A] key=value [key=value...]',
  summary: 'Store value under key',
  description: 'Store value under key',
  options: [
    namespaceOption,
    ...rootOptions('puts'),
    { name: 'raw', key: 'r', help: 'Store value(s) as-is without adding NULL termination' },
    { name: 'treeobj', key: 't', help: 'Store RFC 11 object' },
    { name: 'no-merge', key: 'n', help: 'Set the NO_MERGE flag to ensure commit is standalone' },
    { name: 'append', key: 'A', help: 'Append value(s) to key instead of overwriting' },
  ],
  run: async (ctx, opts) => {
    if (opts.args.length === 0) throw opts.usageError();
    await withKvs(ctx, opts, async (kvs) => {
      const txn = kvs.transaction();
      let stdin: Promise<Buffer> | undefined;
      for (const word of opts.args) {
        const bytes = originalBytes(word);
        const equals = bytes.indexOf('=');
        if (equals < 0) throw new CommandError('put: you must specify a value as key=value');
        const key = textOf(bytes.subarray(0, equals), 'key');
        let value = bytes.subarray(equals + 1);
        if ((opts.has('raw') || opts.has('treeobj')) && value.toString() === '-') {
          value = stdin ? Buffer.alloc(0) : await (stdin = readStdin(ctx));
        }
        try {
          if (opts.has('treeobj')) txn.putTreeobj(key, value.toString());
          else if (opts.has('append')) txn.append(key, value);
          else txn.put(key, value);
        } catch (e) {
          throw failed(key, e);
        }
      }
      await commit(ctx, opts, kvs, txn, opts.has('no-merge'));
    });
  },
};

export const mkdir: Subcommand = {
  name: 'mkdir',
  usage: '[-N ns] [-O|-s] key [key...]',
  summary: 'Create a directory',
  description: 'Create a directory',
  options: [namespaceOption, ...rootOptions('new directory')],
  run: async (ctx, opts) => {
    if (opts.args.length === 0) throw opts.usageError();
    await withKvs(ctx, opts, async (kvs) => {
      const txn = kvs.transaction();
      for (const key of opts.args) added(key, () => txn.mkdir(key));
      await commit(ctx, opts, kvs, txn);
    });
  },
};

export const link: Subcommand = {
  name: 'link',
  usage: '[-N ns] [-T ns] [-O|-s] target linkname',
  summary: 'Create a new name for target',
  description: 'Create a new name for target',
  options: [
    { ...namespaceOption, help: "Specify link's namespace." },
    { name: 'target-namespace', key: 'T', arg: 'NAME', help: "Specify target's namespace" },
    ...rootOptions('link'),
  ],
  run: async (ctx, opts) => {
    if (opts.args.length === 0) throw opts.usageError();
    const [target, name, ...more] = opts.args;
    if (target === undefined || name === undefined || more.length > 0) throw new CommandError('link: specify target and link_name');
    await withKvs(ctx, opts, async (kvs) => {
      const txn = kvs.transaction();
      added(name, () => txn.symlink(name, target, opts.str('target-namespace')));
      await commit(ctx, opts, kvs, txn);
    });
  },
};

export const unlink: Subcommand = {
  name: 'unlink',
  usage: '[-N ns] [-O|-s] [-R] [-f] key [key...]',
  summary: 'Remove key',
  description: 'Remove key',
  options: [
    namespaceOption,
    ...rootOptions('unlink'),
    { name: 'recursive', key: 'R', help: 'Remove directory contents recursively' },
    { name: 'force', key: 'f', help: 'ignore nonexistent files' },
  ],
  run: async (ctx, opts) => {
    if (opts.args.length === 0) throw opts.usageError();
    await withKvs(ctx, opts, async (kvs) => {
      const txn = kvs.transaction();
      for (const key of opts.args) if (await removable(kvs, key, opts)) added(key, () => txn.unlink(key));
      await commit(ctx, opts, kvs, txn);
    });
  },
};

/** False for a key that does not exist, with --force. Throws for what must stay. */
async function removable(kvs: Kvs, key: string, opts: Options): Promise<boolean> {
  try {
    const { type } = await kvs.getTreeobj(key);
    if ((type === 'dir' || type === 'dirref') && !opts.has('recursive')) {
      if (Object.keys((await kvs.readdir(key)).data).length > 0) throw new FluxError('ENOTEMPTY');
    }
    return true;
  } catch (e) {
    if (isErrno(e, 'ENOENT') && opts.has('force')) return false;
    throw failed(`cannot unlink '${key}'`, e);
  }
}

export const readlink: Subcommand = {
  name: 'readlink',
  usage: '[-N ns] [-a treeobj] [ -o | -k ] key [key...]',
  summary: 'Retrieve the key a link refers to',
  description: 'Retrieve the key a link refers to',
  options: [
    namespaceOption,
    atOption,
    { name: 'namespace-only', key: 'o', help: 'Output only namespace if link points to a namespace' },
    { name: 'key-only', key: 'k', help: 'Output only key if link points to a namespace' },
  ],
  run: async (ctx, opts) => {
    if (opts.args.length === 0) throw opts.usageError();
    await withKvs(ctx, opts, async (kvs) => {
      for (const key of opts.args) {
        const at = snapshotOf(opts, key);
        const target = await kvs.readlink(key, at ? { at } : {}).catch((e) => Promise.reject(failed(key, e)));
        const shown = opts.has('namespace-only')
          ? (target.namespace ?? target.target)
          : opts.has('key-only')
            ? target.target
            : linkText(target);
        ctx.stdout.write(`${shown}\n`);
      }
    });
  },
};

const copyOptions: OptionSpec[] = [
  { name: 'src-namespace', key: 'S', arg: 'NAME', help: "Specify source key's namespace" },
  { name: 'dst-namespace', key: 'D', arg: 'NAME', help: "Specify destination key's namespace" },
];

export const copy: Subcommand = {
  name: 'copy',
  usage: '[-S src-ns] [-D dst-ns] source destination',
  summary: 'Copy source key to destination key',
  description: 'Copy source key to destination key',
  options: copyOptions,
  run: (ctx, opts) => transfer(ctx, opts, 'copy'),
};

export const move: Subcommand = {
  name: 'move',
  usage: '[-S src-ns] [-D dst-ns] source destination',
  summary: 'Move source key to destination key',
  description: 'Move source key to destination key',
  options: copyOptions,
  run: (ctx, opts) => transfer(ctx, opts, 'move'),
};

async function transfer(ctx: CommandContext, opts: Options, how: 'copy' | 'move'): Promise<void> {
  const [from, to, ...more] = opts.args;
  if (from === undefined || to === undefined || more.length > 0) throw new CommandError(`${how}: specify srckey dstkey`);
  await withFlux(ctx, async (flux) => {
    const side = (option: string) => new Kvs(flux, { namespace: opts.str(option) ?? kvsNamespaceFrom(ctx.env) });
    await side('src-namespace')
      [how](from, to, side('dst-namespace'))
      .catch((e) => Promise.reject(failed(`flux_kvs_${how}`, e)));
  });
}

function added(key: string, add: () => unknown): void {
  try {
    add();
  } catch (e) {
    throw failed(key, e);
  }
}
