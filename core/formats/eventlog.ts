import { FluxError } from '../sys/errors';
import { decodeJson, type EncodableObject, encodeJson, encodeString, formatReal, isJsonObject, type JsonObject, type Raw } from './json';

/** An entry of an eventlog (RFC 18). */
export interface EventlogEntry<Context = JsonObject> {
  /** Seconds since the epoch. */
  readonly timestamp: number;
  readonly name: string;
  readonly context?: Context;
}

/** An entry that is to be written. */
export type NewEntry = EventlogEntry<EncodableObject | Raw>;

/** An entry as it was read: its context parsed, with reals as plain numbers, and its exact text. */
export interface DecodedEntry extends EventlogEntry {
  /** The line it was decoded from, without newline: what to pass on (as Raw) where the form of its numbers matters. */
  readonly text: string;
}

/**
 * Text of an entry without newline: compact JSON, members in the order timestamp (always a real), name, context. A Raw context is inserted as it is.
 * @throws FluxError EINVAL for an empty name or a negative timestamp
 */
export function encodeEntry(entry: NewEntry): string {
  const { timestamp, name, context } = entry;
  if (name === '' || !Number.isFinite(timestamp) || timestamp < 0) throw new FluxError('EINVAL', 'invalid eventlog entry');
  const head = `{"timestamp":${formatReal(timestamp)},"name":${encodeString(name)}`;
  return context === undefined ? `${head}}` : `${head},"context":${encodeJson(context)}}`;
}

/** Text of a log: each entry followed by a newline. */
export function encodeEventlog(entries: Iterable<NewEntry>): string {
  let text = '';
  for (const entry of entries) text += `${encodeEntry(entry)}\n`;
  return text;
}

/** Decodes one entry, with or without its newline. @throws FluxError EINVAL */
export function decodeEntry(line: string): DecodedEntry {
  const text = line.endsWith('\n') ? line.slice(0, -1) : line;
  if (text === '' || text.includes('\n')) throw invalidEntry();
  const { timestamp, name, context } = decodeMembers(text);
  if ((typeof timestamp !== 'number' && typeof timestamp !== 'bigint') || typeof name !== 'string') throw invalidEntry();
  const plain = Number(timestamp);
  if (context === undefined) return { timestamp: plain, name, text };
  if (!isJsonObject(context)) throw invalidEntry();
  return { timestamp: plain, name, context, text };
}

/**
 * Decodes a log. Text after the last newline is ignored, but a value without any newline, an empty line or an invalid line is EINVAL
 * (docs/protocol/kvs.md §8.7).
 */
export function decodeEventlog(text: string): DecodedEntry[] {
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  lines.pop();
  if (lines.length === 0) throw invalidEntry();
  return lines.map(decodeEntry);
}

function decodeMembers(text: string): JsonObject {
  let value: unknown;
  try {
    value = decodeJson(text);
  } catch (e) {
    throw new FluxError('EINVAL', undefined, { cause: e });
  }
  if (!isJsonObject(value)) throw invalidEntry();
  return value;
}

function invalidEntry(): FluxError {
  return new FluxError('EINVAL');
}
