import { decodeJson, encodeJson, FluxError, isJsonObject, type JsonObject, type Message, Raw } from 'flux';
import { decodeJsonObject } from 'flux/internal';

/** A member of a message's JSON payload as it was sent, reals as Real: for what is stored or sent on. undefined if it is absent. */
export function exactMember(message: Message, key: string): unknown {
  if (!message.payload) throw new FluxError('EPROTO');
  const value = message.payload.strictJson()[key];
  return value instanceof Raw ? decodeJson(value.text, { reals: true }) : value;
}

/** As exactMember, for a member that must be an object if it is there: EPROTO. */
export function exactObject(message: Message, key: string): JsonObject | undefined {
  const value = exactMember(message, key);
  if (value !== undefined && !isJsonObject(value)) throw new FluxError('EPROTO');
  return value;
}

/** Sends requests that are not matched with their responses by the handle: matchtag 0. */
export interface UntaggedSender {
  send(topic: string, payload: JsonObject): void;
}

/** A copy of what a plugin gave, which keeps the original. EINVAL for what is no JSON. */
export function ownCopy(object: JsonObject): JsonObject {
  return decodeJsonObject(encodeJson(object), { reals: true });
}
