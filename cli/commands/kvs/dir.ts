import type { Kvs, KvsLookupOptions } from '../../../core/client/kvs';
import type { TreeDir, Treeobj } from '../../../core/formats/treeobj';
import type { Options, Subcommand } from '../../args/getopt';
import { type CommandContext, CommandError, failed } from '../../command';
import { atOption, byBytes, linkText, namespaceOption, snapshotOf, widthOf, widthOption, withKvs } from './common';

export const dir: Subcommand = {
  name: 'dir',
  usage: '[-N ns] [-R] [-d] [-w COLS] [-a treeobj] [key]',
  summary: 'Display all keys under directory',
  description: 'Display all keys under directory',
  options: [
    namespaceOption,
    { name: 'recursive', key: 'R', help: 'Recursively display keys under subdirectories' },
    { name: 'directory', key: 'd', help: 'List directory entries and not values' },
    widthOption,
    atOption,
  ],
  run: async (ctx, opts) => {
    if (opts.args.length > 1) throw new CommandError('dir: specify zero or one directory');
    const key = opts.args[0] ?? '.';
    const at = snapshotOf(opts, key);
    await withKvs(ctx, opts, (kvs) => new DirListing(ctx, opts, kvs, at ? { at } : {}).show(key));
  },
};

class DirListing {
  readonly #ctx: CommandContext;
  readonly #opts: Options;
  readonly #kvs: Kvs;
  readonly #lookup: KvsLookupOptions;
  readonly #width: number;

  constructor(ctx: CommandContext, opts: Options, kvs: Kvs, lookup: KvsLookupOptions) {
    this.#ctx = ctx;
    this.#opts = opts;
    this.#kvs = kvs;
    this.#lookup = lookup;
    this.#width = widthOf(ctx, opts);
  }

  async show(key: string): Promise<void> {
    await this.#entries(key, await this.#read(key));
  }

  async #entries(key: string, { data }: TreeDir): Promise<void> {
    for (const name of Object.keys(data).sort(byBytes)) await this.#entry(pathOf(key, name), data[name]!);
  }

  async #entry(name: string, entry: Treeobj): Promise<void> {
    if (entry.type === 'symlink') this.#line(`${name} -> ${linkText(entry.data)}`);
    else if (entry.type === 'dir' || entry.type === 'dirref') await this.#directory(name);
    else if (this.#opts.has('directory')) this.#line(name);
    else {
      const value = await this.#kvs.get(name, this.#lookup).catch((e) => Promise.reject(failed(name, e)));
      this.#line(cut(`${name} = `, value, this.#width));
    }
  }

  async #directory(name: string): Promise<void> {
    if (!this.#opts.has('recursive')) {
      this.#line(`${name}.`);
      return;
    }
    const directory = await this.#read(name);
    if (Object.keys(directory.data).length === 0) this.#line(`${name}.`);
    else await this.#entries(name, directory);
  }

  #read(key: string): Promise<TreeDir> {
    return this.#kvs.readdir(key, this.#lookup).catch((e) => Promise.reject(failed(key, e)));
  }

  #line(text: string | Buffer): void {
    this.#ctx.stdout.write(Buffer.concat([Buffer.isBuffer(text) ? text : Buffer.from(text), Buffer.from('\n')]));
  }
}

function pathOf(key: string, name: string): string {
  if (key === '.') return name;
  return key.endsWith('.') ? `${key}${name}` : `${key}.${name}`;
}

/** A value line, cut to the width, at its first newline, and at the first byte that is not printable ASCII; `...` marks a cut. */
function cut(head: string, value: Buffer, width: number): Buffer {
  const nul = value.indexOf(0);
  let line = Buffer.concat([Buffer.from(head), nul < 0 ? value : value.subarray(0, nul)]);
  if (width <= 3) return line;
  let marked = false;
  if (line.length > width - 3) {
    line = line.subarray(0, width - 3);
    marked = true;
  }
  const newline = line.indexOf(0x0a);
  if (newline >= 0) {
    marked ||= newline + 1 < line.length;
    line = line.subarray(0, newline);
  }
  const odd = line.findIndex((byte) => byte < 0x20 || byte > 0x7e);
  if (odd >= 0) {
    marked = true;
    line = line.subarray(0, odd);
  }
  return marked ? Buffer.concat([line, Buffer.from('...')]) : line;
}
