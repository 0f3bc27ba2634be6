import { isUtf8 } from 'node:buffer';
import { errorText, FluxError } from '../sys/errors';
import { type DecodeOptions, parseJson } from './json-parse';
import { isBeyondJsonParse, mayBeTooDeep } from './json-scan';
import { isJsonObject, type JsonObject, type JsonValue } from './json-values';

export { encodeJson, encodeSortedJson, encodeString, MAX_DEPTH, sortedKeys } from './json-encode';
export type { DecodeOptions } from './json-parse';
export * from './json-values';

const HAS_REAL = /[0-9][.eE]/;

/**
 * Decodes a JSON text as C clients read it (docs/protocol/wire.md §2, "Payload conventions"): integers beyond 2^53 as bigint, a duplicate key's last
 * value wins, lone surrogates and trailing text rejected. Reals are plain numbers, or Real with `reals`; the outermost object's members named in
 * `raw` stay text.
 * @throws FluxError EPROTO
 */
export function decodeJson(text: string, options?: DecodeOptions): JsonValue {
  if (options?.raw?.length || (options?.reals && HAS_REAL.test(text))) return parseJson(text, options);
  if (isBeyondJsonParse(text) || mayBeTooDeep(text)) return parseJson(text, options);
  try {
    return JSON.parse(text) as JsonValue;
  } catch (e) {
    throw new FluxError('EPROTO', `JSON: ${errorText(e)}`, { cause: e });
  }
}

/** Whether a JSON text may hold reals, so that decoding it with `reals` may give something else than without. */
export function mayHaveReals(text: string): boolean {
  return HAS_REAL.test(text);
}

/** The text of UTF-8 bytes; EPROTO if they are none. */
export function utf8Text(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) throw new FluxError('EPROTO', 'JSON: invalid UTF-8');
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

/** decodeJson of UTF-8 bytes; invalid UTF-8 is EPROTO. */
export function decodeJsonBytes(bytes: Uint8Array, options?: DecodeOptions): JsonValue {
  return decodeJson(utf8Text(bytes), options);
}

/** decodeJson of a text that must be an object; anything else is EPROTO. */
export function decodeJsonObject(text: string, options?: DecodeOptions): JsonObject {
  const value = decodeJson(text, options);
  if (!isJsonObject(value)) throw new FluxError('EPROTO', 'JSON: object expected');
  return value;
}
