import { FluxError, type Schema } from 'flux';

/** A part of a request that its type gives a shape. @throws FluxError EPROTO without a text */
export function argumentsOf<T>(schema: Schema<T>, given: object): T {
  try {
    return schema.parse(given);
  } catch (e) {
    throw new FluxError('EPROTO', undefined, { cause: e });
  }
}
