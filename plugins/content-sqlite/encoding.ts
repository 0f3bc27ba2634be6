import { FluxError } from 'flux';
import { compressSync, uncompressSync } from 'lz4-napi';

/** Columns `size` and `object` of a row: `size` is the length of a blob that is compressed. */
export interface EncodedBlob {
  size: number;
  object: Buffer;
}

/** Blobs of this length and more are compressed, even if that makes them longer. */
const COMPRESSION_THRESHOLD = 256;
/** `size` of a blob that is stored as it is. */
const NOT_COMPRESSED = -1;
/** Bytes that lz4-napi puts in front of a block: the length of the blob, little-endian. */
const LENGTH_PREFIX = 4;
/** No block can hold more than this many times its own length. */
const MAX_RATIO = 255;

/** A blob as flux-core stores it: LZ4 blocks without a frame (contract: content.md, 4.1). */
export function encodeBlob(blob: Buffer): EncodedBlob {
  if (blob.length < COMPRESSION_THRESHOLD) return { size: NOT_COMPRESSED, object: blob };
  return { size: blob.length, object: compressSync(blob).subarray(LENGTH_PREFIX) };
}

/** The blob of a row. EINVAL: it is none. */
export function decodeBlob({ size, object }: { size: unknown; object: unknown }): Buffer {
  if (size === NOT_COMPRESSED && object === null) return Buffer.alloc(0);
  if (typeof size !== 'number' || !Buffer.isBuffer(object)) throw corrupt();
  if (size === NOT_COMPRESSED) return object;
  if (size < 0 || size > MAX_RATIO * object.length) throw corrupt();
  return uncompressed(object, size);
}

function uncompressed(block: Buffer, length: number): Buffer {
  const prefixed = Buffer.allocUnsafe(LENGTH_PREFIX + block.length);
  prefixed.writeUInt32LE(length);
  block.copy(prefixed, LENGTH_PREFIX);
  let blob: Buffer;
  try {
    blob = uncompressSync(prefixed);
  } catch (e) {
    throw corrupt(e);
  }
  if (blob.length !== length) throw corrupt();
  return blob;
}

function corrupt(cause?: unknown): FluxError {
  return new FluxError('EINVAL', 'corrupt blob in content database', { cause });
}
