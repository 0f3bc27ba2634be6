import { encodeString, type TreeValref } from 'flux/internal';

/** A valref of more references is kept in blocks. */
const LONG = 512;
/** References of a block. */
const BLOCK = 256;

/** Where the values behind references come from. */
export type ValueSource = (ref: string) => Buffer | Promise<Buffer>;

/**
 * A valref of many references, which an eventlog becomes that is appended to for long: a list of blocks, each encoded once. append() gives the longer one,
 * which shares all blocks but the last, so it costs the same at ten entries and at a hundred thousand.
 */
export class LongValref {
  readonly type = 'valref';
  readonly #blocks: readonly Block[];
  readonly #head: NamedHead;

  private constructor(blocks: readonly Block[], head: NamedHead) {
    this.#blocks = blocks;
    this.#head = head;
  }

  /** Undefined for a valref that is not long. */
  static of({ data }: TreeValref): LongValref | undefined {
    if (data.length <= LONG) return undefined;
    const count = Math.ceil(data.length / BLOCK);
    const blocks = Array.from({ length: count }, (_, i) => new Block(data.slice(i * BLOCK, (i + 1) * BLOCK)));
    return new LongValref(blocks, new NamedHead());
  }

  /** With one more reference, to a value of this many bytes. */
  append(ref: string, length: number): LongValref {
    const last = this.#blocks.at(-1)!;
    const blocks =
      last.refs.length < BLOCK ? [...this.#blocks.slice(0, -1), last.append(ref, length)] : [...this.#blocks, new Block([ref], length)];
    return new LongValref(blocks, this.#head);
  }

  toTreeobj(): TreeValref {
    return { ver: 1, type: 'valref', data: this.#blocks.flatMap(({ refs }) => refs) };
  }

  /** The stored form as a member of a directory, in pieces that versions share; with the comma in front, unless it is the first. */
  pieces(name: string, first: boolean): Buffer[] {
    return [this.#head.bytes(name, first), ...this.#blocks.map((block, i) => block.bytes(i === 0)), TAIL];
  }

  /** Whether it is known where in the value an offset is, without loading what is before. */
  reaches(offset: number): boolean {
    let length = 0;
    for (const block of this.#blocks) {
      if (block.length === undefined) return false;
      length += block.length;
      if (length >= offset) return true;
    }
    return true;
  }

  /** The value from an offset on (to which it need not reach), and its whole length. What is before is loaded only if its length is not known yet. */
  async read(offset: number, source: ValueSource): Promise<{ bytes: Buffer; length: number }> {
    const parts: Buffer[] = [];
    let length = 0;
    for (const block of this.#blocks) {
      const begin = length;
      if (block.length === undefined || begin + block.length > offset) {
        const values = await Promise.all(block.refs.map(source));
        block.length = values.reduce((sum, value) => sum + value.length, 0);
        for (const value of values) {
          if (length + value.length > offset) parts.push(value.subarray(Math.max(0, offset - length)));
          length += value.length;
        }
      } else length += block.length;
    }
    return { bytes: Buffer.concat(parts), length };
  }
}

const TAIL = Buffer.from('],"type":"valref","ver":1}');

/** A run of references. */
class Block {
  #bytes: Buffer | undefined;

  constructor(
    readonly refs: readonly string[],
    /** Bytes of all values together, as soon as that is known. */
    public length?: number,
  ) {}

  append(ref: string, length: number): Block {
    return new Block([...this.refs, ref], this.length === undefined ? undefined : this.length + length);
  }

  bytes(first: boolean): Buffer {
    this.#bytes ??= Buffer.from(`${first ? '' : ','}"${this.refs.join('","')}"`);
    return this.#bytes;
  }
}

/** What stands in front of the references: one buffer for all versions of an entry, so that they are seen to begin alike. */
class NamedHead {
  #made: { name: string; first: boolean; bytes: Buffer } | undefined;

  bytes(name: string, first: boolean): Buffer {
    if (this.#made?.name !== name || this.#made.first !== first) {
      this.#made = { name, first, bytes: Buffer.from(`${first ? '' : ','}${encodeString(name)}:{"data":[`) };
    }
    return this.#made.bytes;
  }
}
