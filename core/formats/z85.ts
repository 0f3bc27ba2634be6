import { FluxError } from '../sys/errors';

const alphabet = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#';

/** Z85 text (ZeroMQ RFC 32) of bytes, whose number must be a multiple of 4: how CURVE keys are written (32 bytes, 40 characters). */
export function encodeZ85(bytes: Uint8Array): string {
  if (bytes.length % 4 !== 0) throw new FluxError('EINVAL');
  let text = '';
  for (let i = 0; i < bytes.length; i += 4) {
    let value = ((bytes[i]! << 24) | (bytes[i + 1]! << 16) | (bytes[i + 2]! << 8) | bytes[i + 3]!) >>> 0;
    let group = '';
    for (let k = 0; k < 5; k++) {
      group = alphabet[value % 85] + group;
      value = Math.floor(value / 85);
    }
    text += group;
  }
  return text;
}

/** True for the Z85 text of a CURVE key. */
export function isCurveKey(text: string): boolean {
  return text.length === 40 && [...text].every((c) => alphabet.includes(c));
}
