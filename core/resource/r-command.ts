import { Hostlist } from '../formats/hostlist';
import { IdSet } from '../formats/idset';
import type { JsonValue } from '../formats/json';
import { parseJsonAt } from '../formats/json-parse';
import { FluxError } from '../sys/errors';
import { strerror } from '../sys/strerror';
import { MAX_RANKS } from './R';
import { makeNode, Rlist } from './rlist';
import { type Verification, verifyRlist } from './rlist-verify';

// The subcommands of flux-R(1) as functions of resource sets: each returns a set or text, and throws a FluxError whose message is the line that the
// command prints after `flux-R: ` before it exits 1 (docs/protocol/resource-sched.md §8.2).

/** Options of `flux R encode`. */
export interface REncodeOptions {
  ranks?: string;
  cores?: string;
  gpus?: string;
  hosts?: string;
  /** The set found on this machine (--local) or in a file (--xml), which takes the place of --cores and --gpus. */
  found?: Rlist;
}

/** Options of `flux R decode`. */
export interface RDecodeOptions {
  include?: string;
  exclude?: string;
  short?: boolean;
  nodelist?: boolean;
  ranks?: boolean;
  /** Resource type to count; `node` counts ranks. */
  count?: string;
}

/** All R objects of a text, back to back. At least one is needed. */
export function readRlists(text: string): Rlist[] {
  const lists: Rlist[] = [];
  for (let pos = skipSpace(text, 0); lists.length === 0 || pos < text.length; ) {
    const { value, end } = readObject(text, pos);
    lists.push(decodeOnStdin(value));
    pos = skipSpace(text, end);
  }
  return lists;
}

export function encodeCommand(options: REncodeOptions, hostname: string): Rlist {
  const { found } = options;
  if (found && (options.cores !== undefined || options.gpus !== undefined)) fail('do not specify --cores or --gpus with --local or --xml');
  const hosts = options.hosts === undefined ? undefined : parseHosts(options.hosts);
  const ranks = options.ranks === undefined ? IdSet.range(0, (hosts?.count ?? 1) - 1) : parseRanks(options.ranks);
  if (hosts && hosts.count !== ranks.count) fail(`hostname count in '${options.hosts}' does not match nranks (${ranks.count})`);
  const names = hosts && [...hosts];
  const result = new Rlist();
  for (const [i, rank] of [...ranks].entries()) {
    const children = found?.nodes[0] ? new Map(found.nodes[0].children) : childrenOf(options, rank);
    result.nodes.push(makeNode({ rank, hostname: names?.[i] ?? found?.nodes[0]?.hostname ?? hostname }, children));
  }
  return result;
}

export function appendCommand(lists: readonly Rlist[]): Rlist {
  return lists.reduce((sum, list) => {
    try {
      return sum.append(list);
    } catch (e) {
      if (!(e instanceof FluxError)) throw e;
      return fail(`R objects '${sum.dumps()}' and '${list.dumps()}' overlap`);
    }
  }, new Rlist());
}

export function diffCommand(lists: readonly Rlist[]): Rlist {
  return fold('diff', lists, (a, b) => a.diff(b));
}

export function intersectCommand(lists: readonly Rlist[]): Rlist {
  return fold('intersect', lists, (a, b) => a.intersect(b));
}

export function remapCommand(lists: readonly Rlist[]): Rlist {
  return unionOf(lists).remap();
}

export function rerankCommand(lists: readonly Rlist[], hosts: string): Rlist {
  const all = unionOf(lists);
  try {
    return all.rerank(hosts);
  } catch (e) {
    if (!(e instanceof FluxError)) throw e;
    if (e.code === 'EOVERFLOW') return fail(`Too many hosts specified (expected ${all.nodes.length})`);
    if (e.code === 'ENOSPC') return fail(`Too few hosts specified (expected ${all.nodes.length})`);
    if (e.code === 'ENOENT') return fail('failed to find one or more provided hosts in R');
    return fail(`rlist_rerank: ${strerror(e.errnum)}`);
  }
}

/** What `flux R decode` prints: the lines asked for, or the R. */
export function decodeCommand(lists: readonly Rlist[], options: RDecodeOptions): string {
  const { include, exclude } = options;
  let list = unionOf(lists);
  if (include !== undefined) list = list.copyRanks(parseIds(include, (text) => `Invalid ranks option: '${text}': ${strerror(22)}`));
  if (exclude !== undefined)
    list = list.withoutRanks(parseIds(exclude, (text) => `Invalid idset in --exclude option: ${text}: ${strerror(22)}`));
  const lines: string[] = [];
  if (options.short) lines.push(list.dumps());
  if (options.nodelist) lines.push(list.hosts()?.encode() ?? fail('R has no nodelist'));
  if (options.ranks) lines.push(list.ranks().encode());
  if (options.count !== undefined) lines.push(String(countOf(list, lists, options)));
  if (lines.length === 0) lines.push(list.encode());
  return lines.map((line) => `${line}\n`).join('');
}

// The cores of several sets are counted set by set, overlap and all: golden data show it so.
function countOf(list: Rlist, lists: readonly Rlist[], options: RDecodeOptions): number {
  const type = options.count!;
  const isWhole = options.include === undefined && options.exclude === undefined;
  return type === 'core' && isWhole ? lists.reduce((sum, each) => sum + each.count(type), 0) : list.count(type);
}

/** What `flux R verify` finds: a text to print if it is not empty, exit code 1 if rc is -1. */
export function verifyCommand(lists: readonly Rlist[]): Verification {
  const [expected, actual] = lists;
  if (!expected || !actual || lists.length !== 2) return fail('verify requires exactly 2 R objects on stdin');
  return verifyRlist(expected, actual);
}

function fail(message: string): never {
  throw new FluxError('EINVAL', message);
}

function skipSpace(text: string, from: number): number {
  let pos = from;
  while (/\s/.test(text[pos] ?? '')) pos++;
  return pos;
}

function readObject(text: string, pos: number): { value: JsonValue; end: number } {
  const near = pos >= text.length ? 'end of file' : `'${/^(?:\w+|.)/s.exec(text.slice(pos))![0]}'`;
  if (text[pos] !== '{' && text[pos] !== '[') fail(`Failed to read an R object: '[' or '{' expected near ${near}`);
  try {
    return parseJsonAt(text, pos, { reals: true });
  } catch (e) {
    if (e instanceof FluxError) fail(`Failed to read an R object: ${e.message}`);
    throw e;
  }
}

function decodeOnStdin(value: JsonValue): Rlist {
  try {
    return Rlist.fromR(value);
  } catch (e) {
    if (e instanceof FluxError) fail(`Failed to decode R on stdin: ${e.text ?? ''}`);
    throw e;
  }
}

function childrenOf(options: REncodeOptions, rank: number): Map<string, IdSet> {
  const cores = options.cores ?? (options.gpus === undefined ? '0' : '');
  const children = new Map([['core', parseIds(cores, () => `rlist_append rank=${rank}: ${strerror(22)}`)]]);
  const gpus = tryIds(options.gpus ?? '');
  if (gpus && !gpus.isEmpty) children.set('gpu', gpus); // bad gpus are ignored, as the reference does
  return children;
}

function parseRanks(text: string): IdSet {
  const ranks = parseIds(text, () => `Failed to decode ranks='${text}' as idset`);
  return ranks.count > MAX_RANKS ? fail(`ranks='${text}' are too many`) : ranks;
}

function parseHosts(text: string): Hostlist {
  try {
    return Hostlist.parse(text);
  } catch (e) {
    if (e instanceof FluxError) fail(`invalid hostlist '${text}'`);
    throw e;
  }
}

function parseIds(text: string, message: (text: string) => string): IdSet {
  return tryIds(text) ?? fail(message(text));
}

function tryIds(text: string): IdSet | undefined {
  try {
    return IdSet.parse(text);
  } catch (e) {
    if (e instanceof FluxError) return undefined;
    throw e;
  }
}

function fold(name: string, lists: readonly Rlist[], operation: (a: Rlist, b: Rlist) => Rlist): Rlist {
  if (lists.length < 2) fail(`${name} requires at least 2 resource sets`);
  return lists.reduce(operation);
}

// A single set keeps its times, which a union drops.
function unionOf(lists: readonly Rlist[]): Rlist {
  return lists.length === 0 ? new Rlist() : lists.reduce((a, b) => a.union(b));
}
