import { FluxError } from '../sys/errors';
import { mnemonicWords } from './mnemonic-words';

/** Encodings of a job id by name (flux-job(1), `flux job id --to`). */
export const jobIdEncodings = ['dec', 'hex', 'dothex', 'kvs', 'words', 'f58'] as const;
/** How the text of a job id is written. */
export type JobIdEncoding = (typeof jobIdEncodings)[number];

/** The id that stands for "any job" (FLUX_JOBID_ANY); C clients send it as -1. */
export const JOBID_ANY = (1n << 64n) - 1n;

const MAX_ID = (1n << 64n) - 1n;
const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const WORD_BASE = 1626;
const F58_PREFIX = 'ƒ';

/**
 * Text of a job id (RFC 19). The encoding's name is case-insensitive. `ascii` gives the F58 form the prefix `f` instead of `ƒ`, for a locale that is not
 * multibyte or with FLUX_F58_FORCE_ASCII set.
 * @throws FluxError EPROTO for an unknown encoding, EINVAL for an id that is no unsigned 64-bit integer
 */
export function encodeJobId(id: bigint, encoding: JobIdEncoding | string = 'f58', options: { ascii?: boolean } = {}): string {
  if (id < 0n || id > MAX_ID) throw new FluxError('EINVAL', `job id ${id} is out of range`);
  switch (encoding.toLowerCase()) {
    case 'dec':
      return id.toString();
    case 'hex':
      return `0x${id.toString(16)}`;
    case 'dothex':
      return dothex(id);
    case 'kvs':
      return `job.${dothex(id)}`;
    case 'words':
      return `${wordsOfHalf(Number(id & 0xffffffffn))}--${wordsOfHalf(Number(id >> 32n))}`;
    case 'f58':
      return (options.ascii ? 'f' : F58_PREFIX) + base58(id);
    default:
      throw new FluxError('EPROTO', `unknown job id encoding '${encoding}'`);
  }
}

/** Parses a job id in any of its encodings. @throws FluxError EINVAL, ERANGE for a number beyond 64 bits */
export function parseJobId(text: string): bigint {
  let rest = text.replace(/^[ \t\n\v\f\r]+/, '');
  if (rest.startsWith('job.')) rest = rest.slice(4);
  if (rest.includes('.')) return parseDothex(rest, text);
  if (rest.includes('-')) return parseWords(rest, text);
  if (rest.startsWith(F58_PREFIX) || rest.startsWith('f')) return parseF58(rest.slice(1), text);
  const number = /^(?:\+?([0-9]+)|(0x[0-9a-fA-F]+))[ \t\n\v\f\r]*$/.exec(rest);
  if (!number) throw malformed(text);
  const id = BigInt(number[1] ?? number[2]!);
  if (id > MAX_ID) throw new FluxError('ERANGE', `job id ${text} is out of range`);
  return id;
}

/** A job id as it stands in a decoded message: integers up to 2^53 come as number, and C clients send 2^64-1 as -1. @throws FluxError EPROTO */
export function jobIdFromJson(value: unknown): bigint {
  if (typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value))) return BigInt.asUintN(64, BigInt(value));
  throw new FluxError('EPROTO');
}

/** Key of a job's KVS directory, `job.0000.0004.b200.0000`, or of a key below it. */
export function jobKvsKey(id: bigint, key?: string): string {
  return key === undefined ? `job.${dothex(id)}` : `job.${dothex(id)}.${key}`;
}

/** Milliseconds part of an id: the instance's time when it was assigned. */
export function jobIdTimestamp(id: bigint): number {
  return Number(id >> 24n);
}

/** Settings of a {@link FluidGenerator}. */
export interface FluidOptions {
  /** Generator part of the ids: the rank that assigns them, 0..16383. */
  generator: number;
  /** Timestamp in ms to start from: one more than that of the highest id assigned so far. */
  timestamp?: number;
  /** A monotonic clock in ms. */
  clock?: () => number;
}

/**
 * Assigns job ids (FLUIDs, RFC 19): 40 bits of milliseconds, 14 of generator, 10 of sequence. Ids of one generator ascend strictly. When the 1023 ids
 * of a millisecond are used up the next one is begun ahead of the clock.
 */
export class FluidGenerator {
  private readonly generator: bigint;
  private readonly clock: () => number;
  private readonly offset: number;
  private current: number;
  private sequence = 0;

  /** @throws FluxError EINVAL for a generator or timestamp out of range */
  constructor(options: FluidOptions) {
    const { generator, timestamp = 1, clock = () => performance.now() } = options;
    if (!Number.isInteger(generator) || generator < 0 || generator >= 1 << 14)
      throw new FluxError('EINVAL', `generator id ${generator} is out of range`);
    if (!Number.isInteger(timestamp) || timestamp < 0 || timestamp >= 2 ** 40)
      throw new FluxError('EINVAL', `timestamp ${timestamp} is out of range`);
    this.generator = BigInt(generator);
    this.clock = clock;
    this.offset = timestamp - Math.floor(clock());
    this.current = timestamp;
  }

  /** A generator whose ids follow `id`, the highest one assigned so far. */
  static after(id: bigint, options: Omit<FluidOptions, 'timestamp'>): FluidGenerator {
    return new FluidGenerator({ ...options, timestamp: jobIdTimestamp(id) + 1 });
  }

  /** The next id. @throws FluxError EOVERFLOW when 40 bits of milliseconds (34 years) have passed */
  next(): bigint {
    this.advance();
    if (this.sequence === 1023) {
      this.current++;
      this.sequence = 0;
    }
    if (this.current >= 2 ** 40) throw new FluxError('EOVERFLOW', 'job id timestamp overflow');
    return (BigInt(this.current) << 24n) | (this.generator << 10n) | BigInt(this.sequence++);
  }

  /** Current time of this generator in ms. */
  get timestamp(): number {
    this.advance();
    return this.current;
  }

  private advance(): void {
    const now = Math.floor(this.clock()) + this.offset;
    if (now <= this.current) return;
    this.current = now;
    this.sequence = 0;
  }
}

function dothex(id: bigint): string {
  return id
    .toString(16)
    .padStart(16, '0')
    .replace(/(.{4})(?!$)/g, '$1.');
}

function base58(id: bigint): string {
  if (id === 0n) return BASE58[0]!;
  let text = '';
  for (let rest = id; rest > 0n; rest /= 58n) text = BASE58[Number(rest % 58n)]! + text;
  return text;
}

function wordsOfHalf(half: number): string {
  const digits = [half % WORD_BASE, Math.floor(half / WORD_BASE) % WORD_BASE, Math.floor(half / WORD_BASE ** 2)];
  return digits.map((digit) => mnemonicWords[digit]!).join('-');
}

function parseDothex(rest: string, text: string): bigint {
  const groups = rest.split('.');
  if (groups.length !== 4 || !groups.every((group) => /^0*[0-9a-fA-F]{0,4}$/.test(group))) throw malformed(text);
  return groups.reduce((id, group) => (id << 16n) | BigInt(`0x0${group}`), 0n);
}

function parseWords(rest: string, text: string): bigint {
  const words = rest
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== '');
  const digits = words.map((word) => wordIndex().get(word) ?? -1);
  if (digits.length !== 6 || digits.includes(-1)) throw malformed(text);
  const [low, high] = [halfOfDigits(digits.slice(0, 3)), halfOfDigits(digits.slice(3))];
  if (low > 0xffffffff || high > 0xffffffff) throw malformed(text);
  return (BigInt(high) << 32n) | BigInt(low);
}

function halfOfDigits(digits: number[]): number {
  return digits[0]! + digits[1]! * WORD_BASE + digits[2]! * WORD_BASE ** 2;
}

let indexOfWord: Map<string, number> | undefined;

function wordIndex(): Map<string, number> {
  indexOfWord ??= new Map(mnemonicWords.map((word, index) => [word, index]));
  return indexOfWord;
}

function parseF58(digits: string, text: string): bigint {
  if (digits.length < 1 || digits.length > 12) throw malformed(text);
  let id = 0n;
  for (const char of digits) {
    const digit = BASE58.indexOf(char);
    if (digit < 0) throw malformed(text);
    id = id * 58n + BigInt(digit);
  }
  if (id > MAX_ID) throw malformed(text);
  return id;
}

function malformed(text: string): FluxError {
  return new FluxError('EINVAL', `${text}: malformed input`);
}
