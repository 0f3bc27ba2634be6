import { crc32 } from 'node:zlib';

/**
 * A frame of a journal file: the magic, the payload's length and its CRC-32, the payload. Numbers are unsigned 32 bit, little-endian. What was torn
 * or damaged does not pass for a frame.
 */
export interface Frame {
  payload: Buffer;
  /** Offset behind the frame. */
  end: number;
}

const MAGIC = Buffer.from('FKJ1');
/** Bytes in front of the payload. */
const HEAD = 12;

export function encodeFrame(payload: string): Buffer {
  const length = Buffer.byteLength(payload);
  const frame = Buffer.allocUnsafe(HEAD + length);
  MAGIC.copy(frame);
  frame.writeUInt32LE(length, 4);
  frame.write(payload, HEAD, 'utf8');
  frame.writeUInt32LE(crc32(frame.subarray(HEAD)), 8);
  return frame;
}

/** The frame at an offset; undefined if there is no sound one. */
export function frameAt(file: Buffer, offset: number): Frame | undefined {
  if (offset + HEAD > file.length || file.compare(MAGIC, 0, MAGIC.length, offset, offset + MAGIC.length) !== 0) return undefined;
  const end = offset + HEAD + file.readUInt32LE(offset + 4);
  if (end > file.length) return undefined;
  const payload = file.subarray(offset + HEAD, end);
  return crc32(payload) === file.readUInt32LE(offset + 8) ? { payload, end } : undefined;
}

/** The sound frames from an offset on, wherever they begin. */
export function* framesBehind(file: Buffer, offset: number): Generator<Frame> {
  for (let at = file.indexOf(MAGIC, offset); at >= 0; ) {
    const frame = frameAt(file, at);
    if (frame) yield frame;
    at = file.indexOf(MAGIC, frame ? frame.end : at + 1);
  }
}
