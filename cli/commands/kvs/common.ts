import { Kvs, kvsNamespaceFrom } from '../../../core/client/kvs';
import { createDirref, decodeTreeobj, encodeTreeobj, type TreeDirref, type TreeSymlink } from '../../../core/formats/treeobj';
import { FluxError } from '../../../core/sys/errors';
import type { OptionSpec, Options } from '../../args/getopt';
import { type CommandContext, CommandError, failed } from '../../command';
import { withFlux } from '../../connect';

export const namespaceOption: OptionSpec = { name: 'namespace', key: 'N', arg: 'NAME', help: 'Specify KVS namespace to use.' };
export const atOption: OptionSpec = { name: 'at', key: 'a', arg: 'TREEOBJ', help: 'Lookup relative to RFC 11 snapshot reference' };
export const widthOption: OptionSpec = { name: 'width', key: 'w', arg: 'COLS', help: 'Set output width to COLS.  0 means no limit' };

/** -O and -s of the commands that write. */
export const rootOptions = (what: string): OptionSpec[] => [
  { name: 'treeobj-root', key: 'O', help: `Output resulting RFC11 root containing ${what}` },
  { name: 'sequence', key: 's', help: `Output root sequence of root containing ${what}` },
];

/** The namespace asked for, with a handle on it. */
export function withKvs<T>(ctx: CommandContext, opts: Options | undefined, use: (kvs: Kvs) => Promise<T>): Promise<T> {
  const namespace = opts?.str('namespace') ?? kvsNamespaceFrom(ctx.env);
  return withFlux(ctx, (flux) => use(new Kvs(flux, { namespace })));
}

/** A snapshot given with --at; a failure names the key that was to be looked up. */
export function snapshotOf(opts: Options, key: string): TreeDirref | undefined {
  const text = opts.str('at');
  if (text === undefined) return undefined;
  try {
    const object = decodeTreeobj(text);
    if (object.type !== 'dirref') throw new FluxError('EINVAL');
    return object;
  } catch (e) {
    throw new CommandError(`${key}: ${new FluxError('EINVAL').message}`, 1, { cause: e });
  }
}

/** Commits, and shows the new root as -O or -s ask. */
export async function commit(
  ctx: CommandContext,
  opts: Options,
  kvs: Kvs,
  txn: ReturnType<Kvs['transaction']>,
  noMerge = false,
): Promise<void> {
  const treeobj = opts.has('treeobj-root');
  const sequence = opts.has('sequence');
  const what = treeobj ? 'flux_kvs_commit_get_treeobj' : sequence ? 'flux_kvs_commit_get_sequence' : 'flux_kvs_commit';
  const { rootref, rootseq } = await kvs.commit(txn, { noMerge }).catch((e) => Promise.reject(failed(what, e)));
  if (treeobj) ctx.stdout.write(`${encodeTreeobj(createDirref(rootref))}\n`);
  else if (sequence) ctx.stdout.write(`${rootseq}\n`);
}

/** `target` or `ns::target`. */
export const linkText = ({ target, namespace }: TreeSymlink['data']) => (namespace === undefined ? target : `${namespace}::${target}`);

/** Columns of output: --width, else the terminal's, else COLUMNS, else 80; 0 means no limit. */
export function widthOf(ctx: CommandContext, opts: Options): number {
  const given = opts.int('width', -1);
  if (given >= 0) return given;
  if (ctx.stdout.isTTY && ctx.stdout.columns) return ctx.stdout.columns;
  const columns = ctx.env['COLUMNS'];
  if (columns !== undefined) return /^\s*\d+/.test(columns) ? Number.parseInt(columns, 10) : 0;
  return 80;
}

/** Byte order of names. */
export const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
