import { isJsonObject, type JsonObject } from 'flux';

/** A new object: `base` with `change` merged in, recursively; null removes, and objects that become empty go (contract/job-manager.md §7.4). */
export function mergeInto(base: JsonObject, change: JsonObject): JsonObject {
  const merged: JsonObject = { ...base };
  for (const [key, value] of Object.entries(change)) {
    if (value === null) delete merged[key];
    else if (isJsonObject(value)) {
      const old = merged[key];
      const inner = mergeInto(isJsonObject(old) ? old : {}, value);
      if (Object.keys(inner).length > 0) merged[key] = inner;
      else delete merged[key];
    } else merged[key] = value;
  }
  return merged;
}
