import type { DecodedEntry } from '../../core/formats/eventlog';
import { decodeJson, encodeJson, isJsonObject, type JsonObject } from '../../core/formats/json';

/** The context of an entry with its reals as they were written; undefined if it has none. */
export function exactContext(entry: DecodedEntry): JsonObject | undefined {
  if (!entry.context) return undefined;
  const whole = decodeJson(entry.text, { reals: true });
  return isJsonObject(whole) && isJsonObject(whole['context']) ? whole['context'] : undefined;
}

/** `NAME` or `NAME {"key":…}`: how `flux job attach` shows an event. */
export function eventWithContext(entry: DecodedEntry): string {
  const context = exactContext(entry);
  return context ? `${entry.name} ${encodeJson(context)}` : entry.name;
}

/** `NAME key=value …`, the values as compact JSON: how `flux job eventlog` shows an event behind its time. */
export function eventWithKeys(entry: DecodedEntry): string {
  const pairs = Object.entries(exactContext(entry) ?? {}).map(([key, value]) => ` ${key}=${encodeJson(value)}`);
  return `${entry.name}${pairs.join('')}`;
}
