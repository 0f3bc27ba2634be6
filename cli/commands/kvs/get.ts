import type { Kvs } from '../../../core/client/kvs';
import type { KvsResult, KvsWatch } from '../../../core/client/kvs-lookup';
import { encodeTreeobj } from '../../../core/formats/treeobj';
import { FluxError } from '../../../core/sys/errors';
import type { Options, Subcommand } from '../../args/getopt';
import { type CommandContext, failed } from '../../command';
import { atOption, namespaceOption, snapshotOf, withKvs } from './common';

export const get: Subcommand = {
  name: 'get',
  usage: '[-N ns] [-r|-t] [-a treeobj] [-l] [-W] [-w] [-u] [-A] [-f] [-c COUNT] key [key...]',
  summary: 'Get value stored under key',
  description: 'Get value stored under key',
  options: [
    namespaceOption,
    { name: 'raw', key: 'r', help: 'Interpret value(s) as raw data' },
    { name: 'treeobj', key: 't', help: 'Show RFC 11 object' },
    atOption,
    { name: 'label', key: 'l', help: 'Print key= before value' },
    { name: 'waitcreate', key: 'W', help: 'Wait for creation to occur on watch' },
    { name: 'watch', key: 'w', help: 'Monitor key writes' },
    { name: 'uniq', key: 'u', help: 'Only monitor key writes if values have changed' },
    { name: 'append', key: 'A', help: 'Only monitor key appends' },
    { name: 'full', key: 'f', help: 'Monitor key changes with more complete accuracy' },
    { name: 'count', key: 'c', arg: 'COUNT', help: 'Display at most COUNT changes' },
  ],
  run: async (ctx, opts) => {
    if (opts.args.length === 0) throw opts.usageError();
    const count = opts.int('count', 0);
    await withKvs(ctx, opts, (kvs) => (opts.has('watch') ? watch(ctx, opts, kvs, count) : lookup(ctx, opts, kvs)));
  },
};

const wantedOf = (opts: Options) => (opts.has('treeobj') ? 'treeobj' : 'value');

async function lookup(ctx: CommandContext, opts: Options, kvs: Kvs): Promise<void> {
  for (const key of opts.args) {
    const at = snapshotOf(opts, key);
    try {
      const result = await kvs.lookup(key, wantedOf(opts), { ...(at ? { at } : {}), waitcreate: opts.has('waitcreate') });
      print(ctx, opts, key, result);
    } catch (e) {
      throw failed(key, e);
    }
  }
}

/** All keys at once; at the count, the key that reached it is cancelled. */
async function watch(ctx: CommandContext, opts: Options, kvs: Kvs, count: number): Promise<void> {
  let shown = 0;
  const follow = async (key: string) => {
    try {
      if (opts.has('at')) throw new FluxError('EINVAL');
      const options = { waitcreate: opts.has('waitcreate'), uniq: opts.has('uniq'), append: opts.has('append'), full: opts.has('full') };
      const results: KvsWatch = kvs.watch(key, { wanted: wantedOf(opts), ...options });
      for await (const result of results) {
        if (count > 0 && shown >= count) continue;
        print(ctx, opts, key, result);
        if (++shown === count) results.cancel();
      }
    } catch (e) {
      throw failed(key, e);
    }
  };
  await Promise.all(opts.args.map(follow));
}

function print(ctx: CommandContext, opts: Options, key: string, result: KvsResult): void {
  const label = opts.has('label') ? `${key}=` : '';
  if (opts.has('treeobj')) ctx.stdout.write(`${label}${encodeTreeobj(result.treeobj)}\n`);
  else if (opts.has('raw')) ctx.stdout.write(Buffer.concat([Buffer.from(label), result.bytes]));
  else ctx.stdout.write(Buffer.concat([Buffer.from(label), textOf(result.bytes)]));
}

/** The value up to its first NUL, and a newline; nothing for an empty value. */
function textOf(bytes: Buffer): Buffer {
  if (bytes.length === 0) return bytes;
  const nul = bytes.indexOf(0);
  return Buffer.concat([nul < 0 ? bytes : bytes.subarray(0, nul), Buffer.from('\n')]);
}
