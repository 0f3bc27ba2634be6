import { FluxError, type JsonObject } from 'flux';
import { isNestedBeyond } from 'flux/internal';
import { mergeAnnotations as merge } from '../_annotations';

/** Deepest nesting of annotations: well below what a message may have, since they travel inside events inside messages. */
const MAX_NESTING = 128;

/** Merges an update into annotations. EINVAL for one nested too deeply. */
export function mergeAnnotations(old: JsonObject | undefined, update: JsonObject): JsonObject | undefined {
  checkNesting(update);
  return merge(old, update);
}

/** Annotations without one of their members. */
export function withoutAnnotation(annotations: JsonObject | undefined, key: string): JsonObject | undefined {
  return merge(annotations, { [key]: null });
}

/** EINVAL for an object that is nested too deeply to be an annotation. */
export function checkNesting(value: unknown): void {
  if (isNestedBeyond(MAX_NESTING, value)) throw new FluxError('EINVAL', 'annotations are nested too deeply');
}
