import { encodeJson, FluxError, type JsonObject, type Schema } from 'flux';
import { decodeJsonObject } from 'flux/internal';

/** The members of an object of a message. EPROTO, without a text, for one of another shape. */
export function membersOf<T>(schema: Schema<T>, object: JsonObject | undefined): T {
  try {
    return schema.parse(object ?? {});
  } catch (e) {
    throw new FluxError('EPROTO', undefined, { cause: e });
  }
}

/** A copy of what a plugin gave, which keeps the original. EINVAL for what is no JSON. */
export function ownCopy(object: JsonObject): JsonObject {
  return decodeJsonObject(encodeJson(object), { reals: true });
}
