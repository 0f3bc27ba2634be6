import { createHash, type Hash } from 'node:crypto';
import { type BlobHash, FluxError } from 'flux';
import { createDir, decodeTreeobj, MAX_INLINE_BASE64, type TreeDir, type TreeVal } from 'flux/internal';
import { type Change, Chunk, cutIntoChunks, type Entry, plain } from './chunk';
import { compareNames } from './names';

const HEAD = Buffer.from('{"data":{');
const TAIL = Buffer.from('},"type":"dir","ver":1}');

/** An encoded directory, and the states of the hash before each of its pieces, as far as they are known. */
interface Hashed {
  hash: BlobHash;
  pieces: readonly Buffer[];
  states: Hash[];
}

/**
 * A directory of the tree. Immutable: with() gives the changed one, which shares all chunks that did not change, their encoded text, and the state
 * of the hash in front of the first change. So a change costs the same in a directory of ten entries and of a hundred thousand (when it is
 * near the end, where new names of a growing directory are).
 */
export class Directory {
  static readonly empty = new Directory([]);

  readonly #chunks: readonly Chunk[];
  /** How this one was hashed; before that, how the one was that it was made of. */
  #hashed: Hashed | undefined;
  #ref: string | undefined;
  #irregular: boolean | undefined;
  #treeobj: TreeDir | undefined;

  private constructor(chunks: readonly Chunk[]) {
    this.#chunks = chunks;
  }

  /** Directory of a `dir` object, which may hold directories and long values in place. */
  static of(dir: TreeDir): Directory {
    const names = Object.keys(dir.data);
    if (names.length === 0) return Directory.empty;
    if (names.some((name, i) => i > 0 && compareNames(names[i - 1]!, name) > 0)) names.sort(compareNames);
    return new Directory(cutIntoChunks(names.map((name) => [name, dir.data[name]!] as const)));
  }

  /** Decodes a stored directory. @throws FluxError EPROTO: no tree object; EINVAL: a tree object of another type */
  static decode(blob: Uint8Array): Directory {
    const object = decodeTreeobj(blob);
    if (object.type !== 'dir') throw new FluxError('EINVAL', `directory expected, found ${object.type}`);
    return Directory.of(object);
  }

  get(name: string): Entry | undefined {
    return this.#chunks[this.#chunkOf(name)]?.get(name);
  }

  /** Number of entries. */
  get size(): number {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.names.length, 0);
  }

  *entries(): Generator<readonly [name: string, entry: Entry]> {
    for (const { names, entries } of this.#chunks) for (let i = 0; i < names.length; i++) yield [names[i]!, entries[i]!];
  }

  /** True if an entry has to take its stored form yet: a directory in place, or a long value. */
  get irregular(): boolean {
    this.#irregular ??= this.#chunks.some(({ entries }) => entries.some(isIrregular));
    return this.#irregular;
  }

  /** The directory with these changes. */
  with(changes: ReadonlyMap<string, Entry | null>): Directory {
    if (changes.size === 0) return this;
    const sorted = [...changes].sort(([a], [b]) => compareNames(a, b));
    const chunks = [...this.#chunks];
    let end = sorted.length;
    while (end > 0) {
      // From the last chunk to the first, so that what is replaced moves nothing that is still to be found.
      const index = this.#chunkOf(sorted[end - 1]![0]);
      let start = end - 1;
      while (start > 0 && this.#chunkOf(sorted[start - 1]![0]) === index) start--;
      const chunk = chunks[index] ?? new Chunk([], []);
      chunks.splice(index, 1, ...chunk.with(sorted.slice(start, end) as Change[]));
      end = start;
    }
    const changed = new Directory(chunks);
    changed.#hashed = this.#hashed;
    if (this.#irregular === false) changed.#irregular = sorted.some(([, entry]) => entry !== null && isIrregular(entry));
    return changed;
  }

  /** The `dir` object, its entries as stored. Shared: not to be changed. */
  toTreeobj(): TreeDir {
    this.#treeobj ??= createDir([...this.entries()].map(([name, entry]) => [name, plain(entry)]));
    return this.#treeobj;
  }

  /** Bytes of the stored form. */
  encode(): Buffer {
    return Buffer.concat([HEAD, ...this.#pieces, TAIL]);
  }

  /** Length of the stored form in bytes. */
  get length(): number {
    return this.#chunks.reduce((sum, chunk, i) => sum + chunk.length(i === 0), HEAD.length + TAIL.length);
  }

  /** Reference of the stored form. */
  blobref(hash: BlobHash): string {
    if (this.#ref === undefined || this.#hashed?.hash !== hash) this.#ref = `${hash}-${this.#digest(hash)}`;
    return this.#ref;
  }

  get #pieces(): Buffer[] {
    const pieces: Buffer[] = [];
    for (const [i, chunk] of this.#chunks.entries()) for (const piece of chunk.pieces(i === 0)) pieces.push(piece);
    return pieces;
  }

  #digest(hash: BlobHash): string {
    const pieces = this.#pieces;
    const states = this.#hashed?.hash === hash ? statesInCommon(this.#hashed, pieces) : [];
    const start = Math.max(0, states.length - 1);
    const state = states[start]?.copy() ?? createHash(hash).update(HEAD);
    for (let i = start; i < pieces.length; i++) {
      if (pieces.length > 1) states[i] ??= state.copy();
      state.update(pieces[i]!);
    }
    this.#hashed = { hash, pieces, states };
    return state.update(TAIL).digest('hex');
  }

  /** Index of the chunk that holds the name, or would. */
  #chunkOf(name: string): number {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareNames(this.#chunks[middle]!.first, name) <= 0) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }
}

/** The states before the pieces that both begin with, and before the first that differs. */
function statesInCommon({ pieces: before, states }: Hashed, pieces: readonly Buffer[]): Hash[] {
  const most = Math.min(before.length, pieces.length);
  let common = 0;
  while (common < most && before[common] === pieces[common]) common++;
  return states.slice(0, common + 1);
}

/** An entry that does not stand so in a stored directory: an inline directory, or a value of more than 54 bytes. */
export function isIrregular(entry: Entry): boolean {
  return entry.type === 'dir' || (entry.type === 'val' && (entry as TreeVal).data.length > MAX_INLINE_BASE64);
}
