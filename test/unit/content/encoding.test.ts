import { createCipheriv } from 'node:crypto';
import { uncompressSync } from 'lz4-napi';
import { decodeBlob, encodeBlob } from '../../../plugins/content-sqlite/encoding';

/** Bytes without a pattern, the same at each run. */
const noise = (length: number) => createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16)).update(Buffer.alloc(length));
/** What the LZ4 library makes of a block. */
const unpacked = (object: Buffer, length: number) => {
  const prefix = Buffer.alloc(4);
  prefix.writeUInt32LE(length);
  return uncompressSync(Buffer.concat([prefix, object]));
};

test.each([0, 1, 255])('a blob of %i bytes is stored as it is', (length) => {
  const blob = noise(length);
  expect(encodeBlob(blob)).toEqual({ size: -1, object: blob });
});

const lengths = [256, 269, 270, 271, 65535, 65536, 65536 + 15 + 255 * 3, 100_001, 1_048_576];
const kinds: [string, (length: number) => Buffer][] = [
  ['noise', noise],
  ['zeros', (length) => Buffer.alloc(length)],
  ['text', (length) => Buffer.alloc(length, 'a text that comes again. ')],
  ['noise with zeros in it', (length) => Buffer.concat([noise(length - 200), Buffer.alloc(200)])],
];
test.each(kinds)('a longer blob of %s is an LZ4 block that the library reads', (_, make) => {
  for (const length of lengths) {
    const blob = make(length);
    const { size, object } = encodeBlob(blob);
    expect(size).toBe(length);
    expect(unpacked(object, length).equals(blob)).toBe(true);
    expect(decodeBlob({ size, object }).equals(blob)).toBe(true);
  }
});

test('a blob that compresses is compressed, one that does not grows by no more than a byte in 255', () => {
  const length = 1_000_000;
  expect(encodeBlob(Buffer.alloc(length, 'text')).object.length).toBeLessThan(length / 100);
  expect(encodeBlob(noise(length)).object.length).toBeLessThanOrEqual(length + length / 255 + 16);
});
