import type { Treeobj } from 'flux';
import { encodeString, encodeTreeobj, type TreeValref } from 'flux/internal';
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
  /** Encoded members, as far as they are known from the chunk that this one was made of. */
  readonly #texts: (string | undefined)[];

  constructor(
    readonly names: readonly string[],
    readonly entries: readonly Entry[],
    texts: (string | undefined)[] = [],
  ) {
    this.#texts = texts;
  }

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
    const run = new Run();
    let next = 0;
    const take = (end: number) => {
      for (; next < end; next++) run.add(this.names[next]!, this.entries[next]!, this.#texts[next]);
    };
    for (const [name, entry] of changes) {
      take(lowerBound(this.names, name, next));
      if (this.names[next] === name) next++;
      if (entry !== null) run.add(name, entry);
    }
    take(this.names.length);
    return run.cut();
  }

  #encode(first: boolean): readonly Buffer[] {
    const [only] = this.entries;
    if (only instanceof LongValref) return only.pieces(this.first, first);
    const texts = this.#texts;
    for (const [i, name] of this.names.entries()) texts[i] ??= `${encodeString(name)}:${encodeTreeobj(this.entries[i] as Treeobj)}`;
    const members = texts.join(',');
    return [Buffer.from(first ? members : `,${members}`)];
  }
}

/** Chunks of entries that are in order. */
export function cutIntoChunks(entries: Iterable<readonly [name: string, entry: Entry]>): Chunk[] {
  const run = new Run();
  for (const [name, entry] of entries) run.add(name, entry);
  return run.cut();
}

/** Entries in order that become chunks. */
class Run {
  readonly #names: string[] = [];
  readonly #entries: Entry[] = [];
  readonly #texts: (string | undefined)[] = [];
  readonly #chunks: Chunk[] = [];

  add(name: string, entry: Entry, text?: string): void {
    const long = longForm(entry);
    if (long) {
      this.#cut();
      this.#chunks.push(new Chunk([name], [long]));
      return;
    }
    this.#names.push(name);
    this.#entries.push(entry);
    this.#texts.push(text);
  }

  cut(): Chunk[] {
    this.#cut();
    return this.#chunks;
  }

  /** What has been added since the last cut, in even parts if it is too much for one chunk. */
  #cut(): void {
    const length = this.#names.length;
    const count = length <= MAX_CHUNK ? Math.min(1, length) : Math.ceil(length / (MAX_CHUNK / 2));
    const bound = (i: number) => Math.floor((i * length) / count);
    for (let i = 0; i < count; i++) {
      const part = <T>(all: readonly T[]) => all.slice(bound(i), bound(i + 1));
      this.#chunks.push(new Chunk(part(this.#names), part(this.#entries), part(this.#texts)));
    }
    for (const list of [this.#names, this.#entries, this.#texts]) list.length = 0;
  }
}

function longForm(entry: Entry): LongValref | undefined {
  if (entry.type !== 'valref') return undefined;
  return entry instanceof LongValref ? entry : LongValref.of(entry as TreeValref);
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
