import { encodeString, encodeTreeobj, type Treeobj, type TreeValref } from 'flux';
import { LongValref } from './long-valref';
import { compareNames } from './names';

/** Most entries of a chunk; a fuller one is cut into halves. */
export const MAX_CHUNK = 128;

/** An entry of a directory: a tree object; a long valref in the form that can grow. */
export type Entry = Treeobj | LongValref;

/** A change to a directory: its new entry, or null where the entry goes. */
export type Change = readonly [name: string, entry: Entry | null];

/** The entry as a plain tree object. */
export function plain(entry: Entry): Treeobj {
  return entry instanceof LongValref ? entry.toTreeobj() : entry;
}

/** A run of a directory's entries in the order of their names. Immutable; encoded once. A long valref is a chunk of its own. */
export class Chunk {
  #pieces: readonly Buffer[] | undefined;
  #first: boolean | undefined;
  #length = 0;

  constructor(
    readonly names: readonly string[],
    readonly entries: readonly Entry[],
  ) {}

  get first(): string {
    return this.names[0]!;
  }

  /** The members as they stand in the stored directory, with the comma in front unless they are its first. */
  pieces(first: boolean): readonly Buffer[] {
    if (!this.#pieces || this.#first !== first) {
      this.#first = first;
      this.#pieces = this.#encode(first);
      this.#length = this.#pieces.reduce((sum, piece) => sum + piece.length, 0);
    }
    return this.#pieces;
  }

  /** Length of the pieces in bytes. */
  length(first: boolean): number {
    this.pieces(first);
    return this.#length;
  }

  get(name: string): Entry | undefined {
    const i = lowerBound(this.names, name);
    return this.names[i] === name ? this.entries[i] : undefined;
  }

  /** What the chunk becomes by these changes, which are in order: no chunk, one, or several. */
  with(changes: readonly Change[]): Chunk[] {
    const names: string[] = [];
    const entries: Entry[] = [];
    let next = 0;
    const take = (end: number) => {
      for (; next < end; next++) {
        names.push(this.names[next]!);
        entries.push(this.entries[next]!);
      }
    };
    for (const [name, entry] of changes) {
      take(lowerBound(this.names, name, next));
      if (this.names[next] === name) next++;
      if (entry === null) continue;
      names.push(name);
      entries.push(entry);
    }
    take(this.names.length);
    return cutIntoChunks(names, entries);
  }

  #encode(first: boolean): readonly Buffer[] {
    const [only] = this.entries;
    if (only instanceof LongValref) return only.pieces(this.first, first);
    const members = this.names.map((name, i) => `${encodeString(name)}:${encodeTreeobj(this.entries[i] as Treeobj)}`).join(',');
    return [Buffer.from(first ? members : `,${members}`)];
  }
}

/** Chunks of entries that are in order. */
export function cutIntoChunks(names: readonly string[], entries: readonly Entry[]): Chunk[] {
  const chunks: Chunk[] = [];
  let start = 0;
  for (const [i, entry] of entries.entries()) {
    const long = longForm(entry);
    if (!long) continue;
    chunks.push(...cutEvenly(names.slice(start, i), entries.slice(start, i)), new Chunk([names[i]!], [long]));
    start = i + 1;
  }
  chunks.push(...(start === 0 ? cutEvenly(names, entries) : cutEvenly(names.slice(start), entries.slice(start))));
  return chunks;
}

function longForm(entry: Entry): LongValref | undefined {
  if (entry.type !== 'valref') return undefined;
  return entry instanceof LongValref ? entry : LongValref.of(entry as TreeValref);
}

function cutEvenly(names: readonly string[], entries: readonly Entry[]): Chunk[] {
  if (names.length === 0) return [];
  if (names.length <= MAX_CHUNK) return [new Chunk(names, entries)];
  const count = Math.ceil(names.length / (MAX_CHUNK / 2));
  const cut = (i: number) => Math.floor((i * names.length) / count);
  return Array.from({ length: count }, (_, i) => new Chunk(names.slice(cut(i), cut(i + 1)), entries.slice(cut(i), cut(i + 1))));
}

/** Index of the first name, from `start` on, that does not come before `name`. */
function lowerBound(names: readonly string[], name: string, start = 0): number {
  let low = start;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareNames(names[middle]!, name) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
