import { decodeMessage, encodeMessage, type Message } from '../message';
import { FluxError } from '../sys/errors';

const HEADER_LENGTH = 8;
const MAGIC = Buffer.from([0x12, 0x00, 0xee, 0xff]); // 0xFFEE0012 in host order (docs/protocol/wire.md §4)

/** One message as it stands on a local:// or ssh:// stream: magic, big-endian length, stream encoding. */
export function frameMessage(message: Message): Buffer {
  const bytes = encodeMessage(message, HEADER_LENGTH);
  MAGIC.copy(bytes, 0);
  bytes.writeUInt32BE(bytes.length - HEADER_LENGTH, 4);
  return bytes;
}

/**
 * Takes a byte stream in chunks of any size and gives whole messages, of any length (docs/protocol/wire.md §4). Bytes are copied only where a message
 * spans chunks, and a length reserves nothing: what is kept has come. Throws EPROTO or EINVAL at bytes that are no message; the stream is then
 * unusable.
 */
export class FrameReader {
  #chunks: Buffer[] = [];
  #available = 0;
  #wanted = HEADER_LENGTH;
  #inBody = false;

  /** Feeds a chunk; calls `deliver` for each message it completes. */
  feed(chunk: Buffer, deliver: (message: Message) => void): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#available += chunk.length;
    while (this.#available >= this.#wanted) {
      const part = this.#take(this.#wanted);
      if (this.#inBody) {
        this.#inBody = false;
        this.#wanted = HEADER_LENGTH;
        deliver(decodeMessage(part));
        continue;
      }
      if (MAGIC.compare(part, 0, 4) !== 0) throw new FluxError('EPROTO');
      const length = part.readUInt32BE(4);
      if (length === 0) throw new FluxError('EPROTO');
      this.#inBody = true;
      this.#wanted = length;
    }
  }

  #take(length: number): Buffer {
    this.#available -= length;
    const first = this.#chunks[0]!;
    if (first.length >= length) {
      if (first.length === length) this.#chunks.shift();
      else this.#chunks[0] = first.subarray(length);
      return first.subarray(0, length);
    }
    const joined = Buffer.concat(this.#chunks);
    this.#chunks = joined.length > length ? [joined.subarray(length)] : [];
    return joined.subarray(0, length);
  }
}
