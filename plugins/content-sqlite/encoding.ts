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
/** A blob of this length and more is looked at in three places before it is compressed, which takes the longest where nothing is gained. */
const PROBED_LENGTH = 65536;
const PROBE_LENGTH = 4096;
/** No block can hold more than this many times its own length. */
const MAX_RATIO = 255;

/** A blob as flux-core stores it: LZ4 blocks without a frame (docs/protocol/content.md §4.1). */
export function encodeBlob(blob: Buffer): EncodedBlob {
  if (blob.length < COMPRESSION_THRESHOLD) return { size: NOT_COMPRESSED, object: blob };
  return { size: blob.length, object: isIncompressible(blob) ? literalBlock(blob) : compressedBlock(blob) };
}

/** The blob of a row. EINVAL: it is none. */
export function decodeBlob({ size, object }: { size: unknown; object: unknown }): Buffer {
  if (size === NOT_COMPRESSED && object === null) return Buffer.alloc(0);
  if (typeof size !== 'number' || !Buffer.isBuffer(object)) throw corrupt();
  if (size === NOT_COMPRESSED) return object;
  if (size < 0 || size > MAX_RATIO * object.length) throw corrupt();
  return literalsOf(object, size) ?? uncompressed(object, size);
}

function compressedBlock(blob: Buffer): Buffer {
  return compressSync(blob).subarray(LENGTH_PREFIX);
}

function isIncompressible(blob: Buffer): boolean {
  if (blob.length < PROBED_LENGTH) return false;
  return [0, blob.length >> 1, blob.length - PROBE_LENGTH].every(
    (at) => compressedBlock(blob.subarray(at, at + PROBE_LENGTH)).length >= PROBE_LENGTH,
  );
}

/** A block of one sequence without a match. */
function literalBlock(blob: Buffer): Buffer {
  return Buffer.concat([literalHeader(blob.length), blob]);
}

/** What stands before the literals: a token of 15, the rest of the length in bytes of 255 and one below (LZ4 block format). */
function literalHeader(length: number): Buffer {
  const rest = length - 15;
  const header = Buffer.alloc(2 + Math.floor(rest / 255), 255);
  header[0] = 0xf0;
  header[header.length - 1] = rest % 255;
  return header;
}

/** The literals of a block that has nothing else; undefined: it has. */
function literalsOf(block: Buffer, length: number): Buffer | undefined {
  if (length < PROBED_LENGTH || block.length <= length) return undefined;
  const literals = block.subarray(block.length - length);
  return literalHeader(length).equals(block.subarray(0, block.length - length)) ? literals : undefined;
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
