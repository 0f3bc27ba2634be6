import { decodeMessage, encodedLength, encodeFrames, type Message, writeFrames } from '../../message';

/** Messages on their way to another thread: each chunk has some, one behind the other, each behind its length. Memory goes with them. */
export type Chunks = Uint8Array<ArrayBuffer>[];

/** A message of this many bytes has a chunk to itself, so that whoever keeps its payload keeps nothing else in memory. */
const LARGE = 16384;
const LENGTH = 4;

/** Sends messages to another thread; those of one turn go in one post, which costs more than to encode them. */
export class ThreadSender {
  readonly #post: (chunks: Chunks, transfer: ArrayBuffer[]) => void;
  #waiting: Encoded[] = [];

  constructor(post: (chunks: Chunks, transfer: ArrayBuffer[]) => void) {
    this.#post = post;
  }

  /** Encodes at once: what can't be is its sender's error. @throws FluxError EOVERFLOW */
  send(message: Message): void {
    const frames = encodeFrames(message);
    this.#waiting.push({ frames, length: encodedLength(frames) });
    if (this.#waiting.length === 1) queueMicrotask(() => this.flush());
  }

  /** Posts what waits. */
  flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    if (waiting.length === 0) return;
    const chunks = pack(waiting);
    this.#post(
      chunks,
      chunks.map(({ buffer }) => buffer),
    );
  }
}

/** The messages of chunks, in the order in which they were sent. Their payloads are views of the chunks. */
export function* messagesOf(chunks: Chunks): Generator<Message> {
  for (const { buffer, byteOffset, byteLength } of chunks) {
    const bytes = Buffer.from(buffer, byteOffset, byteLength);
    for (let at = 0; at < bytes.length; ) {
      const end = at + LENGTH + bytes.readUInt32LE(at);
      yield decodeMessage(bytes.subarray(at + LENGTH, end));
      at = end;
    }
  }
}

interface Encoded {
  frames: Buffer[];
  length: number;
}

function pack(messages: readonly Encoded[]): Chunks {
  const chunks: Chunks = [];
  let small: Encoded[] = [];
  const end = () => {
    if (small.length > 0) chunks.push(chunkOf(small));
    small = [];
  };
  for (const encoded of messages) {
    if (encoded.length < LARGE) small.push(encoded);
    else {
      end();
      chunks.push(chunkOf([encoded]));
    }
  }
  end();
  return chunks;
}

function chunkOf(list: readonly Encoded[]): Uint8Array<ArrayBuffer> {
  const chunk = new Uint8Array(list.reduce((sum, { length }) => sum + LENGTH + length, 0));
  const out = Buffer.from(chunk.buffer);
  let at = 0;
  for (const { frames, length } of list) at = writeFrames(frames, out, out.writeUInt32LE(length, at));
  return chunk;
}
