import { FluxError } from '../sys/errors';

/** Standard base64, padded. */
export function encodeBase64(bytes: Uint8Array | string): string {
  return (typeof bytes === 'string' ? Buffer.from(bytes) : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)).toString(
    'base64',
  );
}

/** Bytes of a base64 text (standard alphabet); padding may be left out but not be wrong. @throws FluxError EINVAL */
export function decodeBase64(text: string): Buffer {
  const end = text.indexOf('=');
  const digits = end < 0 ? text : text.slice(0, end);
  const padding = end < 0 ? '' : text.slice(end);
  const partial = digits.length % 4;
  if (partial === 1 || !/^[A-Za-z0-9+/]*$/.test(digits) || (padding !== '' && (partial === 0 || padding !== '='.repeat(4 - partial)))) {
    throw new FluxError('EINVAL', 'invalid base64');
  }
  return Buffer.from(digits, 'base64');
}
