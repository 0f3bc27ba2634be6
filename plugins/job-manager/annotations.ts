import { isJsonObject } from 'flux';
import type { JsonObject } from './json';

/**
 * Merges an update into annotations (job-manager.md §7.4): objects member by member, `null` deletes, other values replace; objects left empty
 * go. Changes neither argument. undefined: there are none (left).
 */
export function mergeAnnotations(old: JsonObject | undefined, update: JsonObject): JsonObject | undefined {
  const merged: JsonObject = { ...old };
  for (const [key, value] of Object.entries(update)) {
    const member = isJsonObject(value) ? mergeAnnotations(objectOrNothing(merged[key]), value) : (value ?? undefined);
    if (member === undefined) delete merged[key];
    else merged[key] = member;
  }
  return Object.keys(merged).length > 0 ? merged : undefined;
}

/** Annotations without one of their members. */
export function withoutAnnotation(annotations: JsonObject | undefined, key: string): JsonObject | undefined {
  return annotations && key in annotations ? mergeAnnotations(annotations, { [key]: null }) : annotations;
}

const objectOrNothing = (value: unknown) => (isJsonObject(value) ? (value as JsonObject) : undefined);
