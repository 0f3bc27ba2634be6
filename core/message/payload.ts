import { decodeJson, encodeJson, type JsonObject, MAX_DEPTH, mayHaveReals, Raw, Real, utf8Text } from '../formats/json';
import { plainJson } from '../formats/json-plain';
import { FluxError } from '../sys/errors';

/**
 * The payload of a message, in whichever form it arrived: an object handed over inside a process, or bytes from a wire. The other form is made
 * at most once, when asked for. Immutable: messages share it freely, and objects are deep-frozen when they go in.
 */
export class Payload {
  #bytes: Buffer | undefined;
  #wire: unknown; // as the sender gave it: may hold Real and Raw
  #plain: unknown; // as receivers see it
  #exact: unknown;
  #malformed: FluxError | undefined;

  private constructor(bytes: Buffer | undefined, wire: unknown) {
    this.#bytes = bytes;
    this.#wire = wire;
  }

  /**
   * A JSON object; frozen from here on. Reals that must keep their fraction on the wire are wrapped with real().
   * @throws FluxError EINVAL for what JSON can't hold (see encodeJson): whoever gives it learns it, not whoever sends it later
   */
  static json(value: object): Payload {
    const payload = new Payload(undefined, value);
    if (!deepFreeze(value, 0)) payload.#plain = value;
    return payload;
  }

  /** A string payload: its UTF-8 bytes and one NUL (error texts, log lines of dmesg, blobrefs). */
  static text(text: string): Payload {
    return new Payload(Buffer.from(`${text}\0`), undefined);
  }

  /** Raw bytes, as they are. */
  static bytes(bytes: Buffer): Payload {
    return new Payload(bytes, undefined);
  }

  /** JSON text that is already encoded, without the NUL. */
  static jsonText(text: string): Payload {
    return Payload.text(text);
  }

  /** The bytes on the wire: for JSON its UTF-8 text and a NUL. */
  get bytes(): Buffer {
    this.#bytes ??= Buffer.from(`${encodeJson(this.#wire)}\0`);
    return this.#bytes;
  }

  /** The decoded JSON object. Integers beyond 2^53 are bigint, reals plain numbers. EPROTO unless it is a NUL-terminated JSON object. */
  json(): JsonObject {
    if (this.#plain === undefined) {
      if (this.#wire !== undefined) this.#plain = plainJson(this.#wire);
      else if (this.#exact !== undefined) this.#plain = plainJson(this.#exact);
      else this.#decode();
    }
    return this.#plain as JsonObject;
  }

  /** As json(), but reals come as Real, so that `2.0` and `2` differ as they do for jansson, and a re-encoding loses nothing. */
  exactJson(): JsonObject {
    if (this.#exact === undefined) this.#decodeExactly();
    return this.#exact as JsonObject;
  }

  /** The object with reals told apart from integers, in whichever form costs least: for checking types key by key (core/schema). */
  strictJson(): JsonObject {
    if (this.#wire !== undefined) return this.#wire as JsonObject;
    return this.exactJson();
  }

  /** Turns a part of strictJson() into the same part of json(); without reals both are the same, and it does nothing. */
  get plainPart(): (value: unknown) => unknown {
    const strict = this.strictJson();
    return strict === this.#plain ? asItIs : plainJson;
  }

  /** Whether it can be JSON or a string at all: an object, or bytes with a final NUL. Encodes nothing. */
  get isText(): boolean {
    if (this.#bytes === undefined) return true;
    return this.#bytes.length > 0 && this.#bytes[this.#bytes.length - 1] === 0;
  }

  /** The string before the final NUL; EPROTO if there is none. */
  text(): string {
    const bytes = this.bytes;
    if (bytes.length === 0 || bytes[bytes.length - 1] !== 0) throw new FluxError('EPROTO');
    return bytes.toString('utf8', 0, bytes.length - 1);
  }

  #decode(): void {
    this.#read((text) => {
      this.#plain = decodeObject(text, false);
    });
  }

  /** Where there are no reals, the exact form is the plain one. */
  #decodeExactly(): void {
    this.#read((text) => {
      if (mayHaveReals(text)) this.#exact = decodeObject(text, true);
      else this.#exact = this.#plain ??= decodeObject(text, false);
    });
  }

  /** Decodes the bytes; what can't be decoded is not tried again. */
  #read(decode: (text: string) => void): void {
    if (this.#malformed) throw this.#malformed;
    try {
      decode(textOf(this.bytes));
    } catch (e) {
      this.#malformed = new FluxError('EPROTO', undefined, { cause: e }); // its sender gets no text (docs/protocol/wire.md §2)
      throw this.#malformed;
    }
  }
}

const asItIs = (value: unknown) => value;

function textOf(bytes: Buffer): string {
  if (bytes.length === 0 || bytes[bytes.length - 1] !== 0) throw new FluxError('EPROTO');
  return utf8Text(bytes.subarray(0, -1));
}

function decodeObject(text: string, reals: boolean): unknown {
  const value: unknown = decodeJson(text, { reals });
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new FluxError('EPROTO');
  return value;
}

/**
 * Freezes value and all below it; true if a Real, a Raw, a bigint or a key with an undefined value was met, so receivers need a copy without them.
 * What can't be encoded is left to encodeJson, which says why.
 */
function deepFreeze(value: object, depth: number): boolean {
  if (depth > MAX_DEPTH) throw new FluxError('EINVAL', 'JSON value is nested too deeply');
  if (value instanceof Real) encodeJson(value);
  if (value instanceof Real || value instanceof Raw) return true;
  let wrapped = false;
  for (const key in value) {
    const member = (value as JsonObject)[key];
    switch (typeof member) {
      case 'object':
        if (member !== null && deepFreeze(member, depth + 1)) wrapped = true;
        break;
      case 'number':
        if (!Number.isFinite(member)) encodeJson(member);
        break;
      case 'undefined':
        wrapped = true;
        break;
      case 'bigint':
        encodeJson(member);
        wrapped = true;
        break;
      case 'function':
      case 'symbol':
        encodeJson(key === 'toJSON' ? value : member);
        break;
    }
  }
  Object.freeze(value);
  return wrapped;
}
