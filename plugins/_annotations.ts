import { isJsonObject, type JsonObject } from 'flux';

/**
 * Merges an update into annotations (docs/protocol/job-manager.md §7.4): objects member by member, `null` deletes, other values replace; objects left
 * empty go. Changes neither argument. undefined: there are none (left).
 */
export function mergeAnnotations(old: JsonObject | undefined, update: JsonObject): JsonObject | undefined {
  const merged = new Map(Object.entries(old ?? {}));
  for (const [key, value] of Object.entries(update)) {
    const member = isJsonObject(value) ? mergeAnnotations(objectOrNothing(merged.get(key)), value) : (value ?? undefined);
    if (member === undefined) merged.delete(key);
    else merged.set(key, member);
  }
  return merged.size > 0 ? Object.fromEntries(merged) : undefined;
}

const objectOrNothing = (value: unknown) => (isJsonObject(value) ? value : undefined);
