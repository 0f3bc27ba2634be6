import { encodeString, encodeTreeobj, type Treeobj } from 'flux';
import { compareNames } from './names';

/** Most entries of a chunk; a fuller one is cut into halves. */
export const MAX_CHUNK = 128;

/** A change to a directory: its new entry, or null where the entry goes. */
export type Change = readonly [name: string, entry: Treeobj | null];

/** A run of a directory's entries in the order of their names. Immutable; encoded once. */
export class Chunk {
  #bytes: Buffer | undefined;

  constructor(
    readonly names: readonly string[],
    readonly entries: readonly Treeobj[],
  ) {}

  get first(): string {
    return this.names[0]!;
  }

  /** The members as they stand in the stored directory, without the comma in front. */
  get bytes(): Buffer {
    this.#bytes ??= Buffer.from(this.names.map((name, i) => `${encodeString(name)}:${encodeTreeobj(this.entries[i]!)}`).join(','));
    return this.#bytes;
  }

  get(name: string): Treeobj | undefined {
    const i = lowerBound(this.names, name);
    return this.names[i] === name ? this.entries[i] : undefined;
  }

  /** What the chunk becomes by these changes, which are in order: no chunk, one, or several. */
  with(changes: readonly Change[]): Chunk[] {
    const names: string[] = [];
    const entries: Treeobj[] = [];
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
}

/** Chunks of entries that are in order. */
export function cutIntoChunks(names: readonly string[], entries: readonly Treeobj[]): Chunk[] {
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
