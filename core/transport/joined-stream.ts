import { Duplex, type Readable, type Writable } from 'node:stream';

interface Referable {
  ref?(): void;
  unref?(): void;
}

/** Two one-way streams as one two-way stream, which owns both: stdin and stdout of a relay, on either end of it. */
export class JoinedStream extends Duplex {
  readonly #input: Readable;
  readonly #output: Writable;

  constructor(input: Readable, output: Writable) {
    super({ allowHalfOpen: true });
    this.#input = input;
    this.#output = output;
    input.on('end', () => this.push(null));
    input.on('error', (e) => this.destroy(e));
    input.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) input.pause();
    });
    input.pause();
    output.on('error', (e) => this.destroy(e));
  }

  ref(): void {
    for (const stream of [this.#input, this.#output] as Referable[]) stream.ref?.();
  }

  unref(): void {
    for (const stream of [this.#input, this.#output] as Referable[]) stream.unref?.();
  }

  override _read(): void {
    this.#input.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (e?: Error | null) => void): void {
    this.#output.write(chunk, encoding, done);
  }

  override _final(done: (e?: Error | null) => void): void {
    this.#output.end(() => done());
  }

  override _destroy(error: Error | null, done: (e?: Error | null) => void): void {
    this.#input.destroy();
    this.#output.destroy();
    done(error);
  }
}
