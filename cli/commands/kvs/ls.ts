import type { Kvs } from '../../../core/client/kvs';
import type { Treeobj } from '../../../core/formats/treeobj';
import { FluxError, isErrno } from '../../../core/sys/errors';
import type { Options, Subcommand } from '../../args/getopt';
import { type CommandContext, failed } from '../../command';
import { byBytes, namespaceOption, widthOf, widthOption, withKvs } from './common';

export const ls: Subcommand = {
  name: 'ls',
  usage: '[-N ns] [-R] [-d] [-F] [-w COLS] [-1] [key...]',
  summary: 'List directory',
  description: 'List directory',
  options: [
    namespaceOption,
    { name: 'recursive', key: 'R', help: 'List directory recursively' },
    { name: 'directory', key: 'd', help: 'List directory instead of contents' },
    widthOption,
    { name: '1', key: '1', help: 'Force one entry per line' },
    { name: 'classify', key: 'F', help: 'Append indicator (one of .@) to entries' },
  ],
  run: async (ctx, opts) => withKvs(ctx, opts, (kvs) => new Listing(ctx, opts, kvs).run()),
};

const isDirectory = ({ type }: Treeobj) => type === 'dir' || type === 'dirref';

class Listing {
  readonly #ctx: CommandContext;
  readonly #opts: Options;
  readonly #kvs: Kvs;
  readonly #width: number;
  #status = 0;
  #printed = false;

  constructor(ctx: CommandContext, opts: Options, kvs: Kvs) {
    this.#ctx = ctx;
    this.#opts = opts;
    this.#kvs = kvs;
    this.#width = opts.has('1') ? 1 : widthOf(ctx, opts);
  }

  async run(): Promise<number> {
    const singles: string[] = [];
    const directories: string[] = [];
    for (const word of this.#opts.args.length > 0 ? this.#opts.args : ['.']) await this.#sort(word, singles, directories);
    singles.sort(byBytes);
    directories.sort(byBytes);
    if (singles.length > 0) this.#columns(singles, singles);
    const labelled = this.#opts.has('recursive') || directories.length > 1 || singles.length > 0;
    for (const key of directories) await this.#directory(key, labelled);
    return this.#status;
  }

  /** Decides whether a word is shown itself or is a directory to be listed. */
  async #sort(word: string, singles: string[], directories: string[]): Promise<void> {
    const key = word === '' ? word : word.replace(/\.+$/, '') || '.';
    let object: Treeobj;
    try {
      object = await this.#kvs.getTreeobj(key);
      if (word.endsWith('.') && key !== '.' && !isDirectory(object)) throw new FluxError('ENOTDIR');
    } catch (e) {
      this.#ctx.stderr.write(`${failed(word, e).message}\n`);
      this.#status = 1;
      return;
    }
    if (isDirectory(object) && !this.#opts.has('directory')) directories.push(key);
    else if (object.type === 'symlink' && (await this.#leadsToDirectory(key))) directories.push(key);
    else singles.push(`${key}${this.#indicator(object)}`);
  }

  async #leadsToDirectory(key: string): Promise<boolean> {
    if (this.#opts.has('directory') || this.#opts.has('classify')) return false;
    try {
      await this.#kvs.readdir(key);
      return true;
    } catch (e) {
      if (isErrno(e, 'ENOTDIR') || isErrno(e, 'ENOENT')) return false;
      throw failed(key, e);
    }
  }

  #indicator(object: Treeobj): string {
    if (!this.#opts.has('classify')) return '';
    return isDirectory(object) ? '.' : object.type === 'symlink' ? '@' : '';
  }

  async #directory(key: string, labelled: boolean): Promise<void> {
    const { data } = await this.#kvs.readdir(key).catch((e) => Promise.reject(failed(key, e)));
    const names = Object.keys(data).sort(byBytes);
    if (labelled) {
      this.#ctx.stdout.write(`${this.#printed ? '\n' : ''}${key}:\n`);
      this.#printed = true;
    }
    this.#columns(
      names,
      names.map((name) => `${name}${this.#indicator(data[name]!)}`),
    );
    if (!this.#opts.has('recursive')) return;
    for (const name of names) if (isDirectory(data[name]!)) await this.#directory(key === '.' ? name : `${key}.${name}`, true);
  }

  /** Entries left to right in columns as wide as the longest name and four; a line never ends in blanks. */
  #columns(names: readonly string[], shown: readonly string[]): void {
    if (shown.length === 0) return;
    this.#printed = true;
    const column = Math.max(...names.map((name) => Buffer.byteLength(name))) + 4;
    let text = '';
    let at = 0;
    let last = 0;
    for (const entry of shown) {
      if (at > 0 && this.#width > 0 && at + column > this.#width) {
        text += '\n';
        at = 0;
      } else if (at > 0) text += ' '.repeat(Math.max(0, column - last));
      text += entry;
      last = Buffer.byteLength(entry);
      at += column;
    }
    this.#ctx.stdout.write(`${text}\n`);
  }
}
