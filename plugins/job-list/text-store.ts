/** Where a text lies in a TextStore. */
export interface TextPlace {
  chunk: number;
  offset: number;
  length: number;
}

const CHUNK_BYTES = 1 << 20;

/** Texts as UTF-8 in large buffers: outside the heap, so that millions cost no garbage collection. They are added, never taken out. */
export class TextStore {
  readonly #chunks: Buffer[] = [];
  #used = CHUNK_BYTES;

  add(text: string): TextPlace {
    const length = Buffer.byteLength(text);
    if (this.#used + length > CHUNK_BYTES) {
      this.#chunks.push(Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, length)));
      this.#used = 0;
    }
    const place = { chunk: this.#chunks.length - 1, offset: this.#used, length };
    this.#chunks[place.chunk]!.write(text, place.offset);
    this.#used += length;
    return place;
  }

  read({ chunk, offset, length }: TextPlace): string {
    return this.#chunks[chunk]!.toString('utf8', offset, offset + length);
  }
}
