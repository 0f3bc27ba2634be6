import { FluxError, isJsonObject } from 'flux';
import type { JsonObject } from './json';

/** Deepest nesting of annotations: well below what a message may have, since they travel inside events inside messages. */
const MAX_NESTING = 128;

/**
 * Merges an update into annotations (job-manager.md §7.4): objects member by member, `null` deletes, other values replace; objects left empty
 * go. Changes neither argument. undefined: there are none (left). EINVAL for one nested too deeply.
 */
export function mergeAnnotations(old: JsonObject | undefined, update: JsonObject): JsonObject | undefined {
  checkNesting(update);
  return merge(old, update);
}

/** Annotations without one of their members. */
export function withoutAnnotation(annotations: JsonObject | undefined, key: string): JsonObject | undefined {
  return merge(annotations, { [key]: null });
}

/** EINVAL for an object that is nested too deeply to be an annotation. */
export function checkNesting(value: unknown, level = 0): void {
  if (typeof value !== 'object' || value === null) return;
  if (level > MAX_NESTING) throw new FluxError('EINVAL', 'annotations are nested too deeply');
  for (const member of Object.values(value)) checkNesting(member, level + 1);
}

function merge(old: JsonObject | undefined, update: JsonObject): JsonObject | undefined {
  const merged = new Map(Object.entries(old ?? {}));
  for (const [key, value] of Object.entries(update)) {
    const member = isJsonObject(value) ? merge(objectOrNothing(merged.get(key)), value) : (value ?? undefined);
    if (member === undefined) merged.delete(key);
    else merged.set(key, member);
  }
  return merged.size > 0 ? Object.fromEntries(merged) : undefined;
}

const objectOrNothing = (value: unknown) => (isJsonObject(value) ? (value as JsonObject) : undefined);
