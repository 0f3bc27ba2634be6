import type { JsonObject } from 'flux';

const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A new object: `base` with `change` merged in, recursively; null removes, and objects that become empty go (contract/job-manager.md §7.4). */
export function mergeInto(base: JsonObject, change: JsonObject): JsonObject {
  const merged: JsonObject = { ...base };
  for (const [key, value] of Object.entries(change)) {
    if (value === null) delete merged[key];
    else if (isObject(value)) {
      const inner = mergeInto(isObject(merged[key]) ? (merged[key] as JsonObject) : {}, value);
      if (Object.keys(inner).length > 0) merged[key] = inner as JsonObject[string];
      else delete merged[key];
    } else merged[key] = value;
  }
  return merged;
}
