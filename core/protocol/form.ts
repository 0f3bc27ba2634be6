import type { JsonObject } from '../formats/json-values';
import type { Message } from '../message';
import { readStrictly } from '../schema/containers';
import type { Infer, Input, Schema } from '../schema/schema';
import { errorText, FluxError } from '../sys/errors';

/**
 * What a message of a method carries: a JSON object of a shape (a schema of `t`), a string, raw bytes, or, where nothing is said, nothing that anyone
 * looks at.
 */
export type Form = Schema<unknown> | 'text' | 'bytes' | undefined;

/** What a handler gets of a form. */
export type Read<F> = F extends 'text' ? string : F extends 'bytes' ? Buffer : F extends Schema<unknown> ? Infer<F> : Nothing;
/** What a sender gives for it. */
export type Given<F> = F extends 'text' ? string : F extends 'bytes' ? Buffer : F extends Schema<unknown> ? Input<F> : Nothing | undefined;
/** What a receiver finds in it without a check: ids as the codec gives them. */
export type Received<F> = F extends 'text'
  ? string
  : F extends 'bytes'
    ? Buffer
    : F extends Schema<unknown>
      ? Unchecked<Infer<F>>
      : Nothing;
/** What a handler returns for it: an object that has no member which must be there may be missing itself. */
export type Returned<F> = F extends undefined ? Empty : Given<F> | (IsAllOptional<Given<F>> extends true ? Empty : never);

// biome-ignore lint/suspicious/noConfusingVoidType: a handler that returns nothing answers with nothing
type Empty = undefined | void;
type IsAllOptional<T> = [keyof T] extends [never] ? false : Nothing extends T ? true : false;

/** An empty object. */
export type Nothing = Readonly<Record<string, never>>;

/** What may be any JSON object, or anything, stays so. */
type Unchecked<T> = unknown extends T
  ? T
  : T extends bigint
    ? bigint | number
    : T extends string | number | boolean | null | undefined
      ? T
      : JsonObject extends T
        ? T
        : { [K in keyof T]: Unchecked<T[K]> };

/** What EPROTO says to whoever sent what does not fit: nothing, but for a text of its own, or one made of jansson's. */
export type Complaint = string | ((reason: string) => string);

type Reader = (message: Message) => unknown;

/** Makes what reads a message of a form. @throws (the reader) FluxError EPROTO: without a text on the wire (docs/protocol/wire.md §2), with people's for sites */
export function readerOf(form: Form, complaint?: Complaint): Reader {
  if (form === undefined) return () => nothing;
  if (form === 'text') return (message) => message.text();
  if (form === 'bytes') return (message) => message.bytes;
  const isPeople = form.dialect === 'people';
  const words = typeof complaint === 'string' ? () => complaint : complaint;
  const textFor = (e: unknown) => (isPeople && e instanceof FluxError && e.text !== undefined ? e.text : words?.(errorText(e)));
  return (message) => {
    try {
      const { payload } = message;
      if (payload) return readStrictly(form, payload.strictJson(), payload.plainPart);
      if (isPeople) return readStrictly(form, nothing, (value) => value);
    } catch (e) {
      throw new FluxError('EPROTO', textFor(e), { cause: e });
    }
    throw new FluxError('EPROTO', words?.('Expected object, got null')); // a payload of null, as it were
  };
}

const nothing: Nothing = Object.freeze({});
