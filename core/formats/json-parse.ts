import { FluxError } from '../sys/errors';
import { MAX_DEPTH } from './json-encode';
import { type JsonObject, type JsonValue, Raw, Real, setMember } from './json-values';

/** Properties of a JSON text, beyond its values, that decoding keeps. */
export interface DecodeOptions {
  /** Keep reals as Real, so that `2` and `2.0` can be told apart. */
  reals?: boolean;
  /** Members of the outermost object whose values stay text (Raw). */
  raw?: readonly string[];
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
const MIN_INT64 = -(1n << 63n);
const MAX_INT64 = (1n << 63n) - 1n;

const escapes: Readonly<Record<string, string>> = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/**
 * The strict JSON parser behind decodeJson, for texts that JSON.parse would lose something of: integers beyond 2^53 come out as bigint. Integers
 * beyond signed 64 bits, reals beyond a double, lone surrogates and nesting beyond MAX_DEPTH are errors, as they are to C clients.
 * @throws FluxError EPROTO
 */
export function parseJson(text: string, options: DecodeOptions = {}): JsonValue {
  return new Parser(text, options).parse();
}

/**
 * Parses the JSON value that begins at `start` (white space skipped) and tells where it ends: for texts that hold several values back to back.
 * @throws FluxError EPROTO
 */
export function parseJsonAt(text: string, start: number, options: DecodeOptions = {}): { value: JsonValue; end: number } {
  return new Parser(text, options, start).parsePrefix();
}

class Parser {
  private readonly reals: boolean;
  private readonly raw: readonly string[];

  constructor(
    private readonly text: string,
    options: DecodeOptions,
    private pos = 0,
  ) {
    this.reals = options.reals ?? false;
    this.raw = options.raw ?? [];
  }

  parse(): JsonValue {
    const value = this.value(0);
    this.space();
    if (this.pos < this.text.length) throw this.error('end of file expected');
    return value;
  }

  parsePrefix(): { value: JsonValue; end: number } {
    return { value: this.value(0), end: this.pos };
  }

  private value(depth: number): JsonValue {
    if (depth > MAX_DEPTH) throw this.error('maximum parsing depth reached');
    this.space();
    switch (this.text[this.pos]) {
      case '{':
        return this.object(depth);
      case '[':
        return this.array(depth);
      case '"':
        return this.string();
      case 't':
        return this.word('true', true);
      case 'f':
        return this.word('false', false);
      case 'n':
        return this.word('null', null);
      default:
        return this.number();
    }
  }

  private object(depth: number): JsonObject {
    const object: JsonObject = {};
    this.pos++;
    if (this.accept('}')) return object;
    do {
      this.space();
      const key = this.string();
      if (!this.accept(':')) throw this.error("':' expected");
      this.space();
      const start = this.pos;
      const value = this.value(depth + 1);
      setMember(object, key, depth === 0 && this.raw.includes(key) ? new Raw(this.text.slice(start, this.pos)) : value);
    } while (this.accept(','));
    if (!this.accept('}')) throw this.error("'}' expected");
    return object;
  }

  private array(depth: number): JsonValue[] {
    const array: JsonValue[] = [];
    this.pos++;
    if (this.accept(']')) return array;
    do array.push(this.value(depth + 1));
    while (this.accept(','));
    if (!this.accept(']')) throw this.error("']' expected");
    return array;
  }

  private string(): string {
    if (this.text[this.pos] !== '"') throw this.error('string expected');
    this.pos++;
    let result = this.plain();
    while (this.text[this.pos] === '\\') result += this.escape() + this.plain();
    if (this.text[this.pos] !== '"')
      throw this.error(this.pos < this.text.length ? 'control character in string' : 'premature end of input');
    this.pos++;
    return result;
  }

  private plain(): string {
    const { text, pos: start } = this;
    let end = start;
    for (let char = text.charCodeAt(end); char >= 0x20 && char !== 0x22 && char !== 0x5c; ) char = text.charCodeAt(++end); // NaN at the end
    this.pos = end;
    return text.slice(start, end);
  }

  private escape(): string {
    const char = this.text[this.pos + 1] ?? '';
    if (char !== 'u') {
      const plain = escapes[char];
      if (plain === undefined) throw this.error('invalid escape');
      this.pos += 2;
      return plain;
    }
    const unit = this.unit();
    if (unit < 0xd800 || unit > 0xdfff) return String.fromCharCode(unit);
    if (unit > 0xdbff || this.text[this.pos] !== '\\' || this.text[this.pos + 1] !== 'u') throw this.error('invalid Unicode escape');
    const low = this.unit();
    if (low < 0xdc00 || low > 0xdfff) throw this.error('invalid Unicode escape');
    return String.fromCharCode(unit, low);
  }

  private unit(): number {
    const digits = this.text.slice(this.pos + 2, this.pos + 6);
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw this.error('invalid escape');
    this.pos += 6;
    return Number.parseInt(digits, 16);
  }

  private number(): number | bigint | Real {
    NUMBER.lastIndex = this.pos;
    const match = NUMBER.exec(this.text);
    if (!match) throw this.error(this.pos < this.text.length ? 'invalid token' : "'[' or '{' expected");
    const value = Number(match[0]);
    const isReal = match[1] !== undefined || match[2] !== undefined;
    if (isReal && !Number.isFinite(value)) throw this.error('real number overflow');
    const result = isReal ? (this.reals ? new Real(value) : value) : Number.isSafeInteger(value) ? value : this.wideInteger(match[0]);
    this.pos = NUMBER.lastIndex;
    return result;
  }

  private wideInteger(digits: string): bigint {
    if (digits.length > 20) throw this.error('too big integer');
    const value = BigInt(digits);
    if (value > MAX_INT64) throw this.error('too big integer');
    if (value < MIN_INT64) throw this.error('too big negative integer');
    return value;
  }

  private word<T extends JsonValue>(word: string, value: T): T {
    if (!this.text.startsWith(word, this.pos)) throw this.error('invalid token');
    this.pos += word.length;
    return value;
  }

  private accept(char: string): boolean {
    this.space();
    if (this.text[this.pos] !== char) return false;
    this.pos++;
    return true;
  }

  private space(): void {
    for (let char = this.text.charCodeAt(this.pos); char === 0x20 || char === 0x0a || char === 0x0d || char === 0x09; ) {
      char = this.text.charCodeAt(++this.pos);
    }
  }

  private error(what: string): FluxError {
    return new FluxError('EPROTO', `JSON: ${what} at offset ${this.pos}`);
  }
}
