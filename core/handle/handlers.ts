import {
  type Answers,
  type AnyMethod,
  type MethodSpec,
  methodsOf,
  type ReadBy,
  type ReturnedBy,
  type Service,
  serviceName,
} from '../protocol';
import type { Form } from '../protocol/form';
import type { Method } from '../protocol/method';
import { nearest } from '../schema/nearest';
import { FluxError } from '../sys/errors';
import type { NO_RESPONSE } from './no-response';
import type { Request } from './request';

/** Answers one request of a method: what it returns is the response, what it throws an error response; `NO_RESPONSE` leaves it to the handler to respond. */
type Once<M> = (args: ReadBy<M>, request: Request) => ReturnedBy<M> | typeof NO_RESPONSE | Promise<ReturnedBy<M> | typeof NO_RESPONSE>;
/** Answers one streaming request: each value is a response, the end is ENODATA, a throw its error; `NO_RESPONSE` leaves it to the handler. */
type Stream<M> = (args: ReadBy<M>, request: Request) => AsyncIterable<ReturnedBy<M>> | typeof NO_RESPONSE;
/** Hears of something; nobody waits. */
type Never<M> = (args: ReadBy<M>, request: Request) => void;

type HandlerOf<M, How extends Answers> = How extends 'stream'
  ? Stream<M>
  : How extends 'either'
    ? { once: Once<M>; stream: Stream<M> }
    : How extends 'never'
      ? Never<M>
      : Once<M>;

/** The handler of a method. One that only rank 0 serves may be undefined. */
export type Handler<M> =
  M extends Method<Form, Form, infer How, infer Leader> ? HandlerOf<M, How> | (Leader extends true ? undefined : never) : never;

/** The handlers of a service, by the keys of its table. */
export type Handlers<S> = { readonly [K in keyof S as S[K] extends AnyMethod ? K : never]: Handler<S[K]> };

/** The handlers of one service, or of several in their order. */
export type HandlersOf<S> = S extends readonly Service[] ? { readonly [I in keyof S]: Handlers<S[I]> } : Handlers<S>;

// biome-ignore lint/suspicious/noExplicitAny: a handler of any method
type Callable = (args: any, request: Request) => any;

/** A handler of any method. */
export type AnyHandler = Callable | { readonly once: Callable; readonly stream: Callable };

/** The methods of a service with their handlers. @throws FluxError EINVAL for a method that has none, and for a handler of no method */
export function checkedHandlers(service: Service, handlers: object): [AnyMethod, AnyHandler][] {
  const methods = methodsOf(service);
  const given = new Map<string, AnyHandler | undefined>(Object.entries(handlers));
  const name = serviceName(service);
  for (const key of given.keys()) {
    if (methods.some(([known]) => known === key)) continue;
    const hint = nearest(
      key,
      methods.map(([known]) => known),
    );
    throw new FluxError('EINVAL', `${name}: ${key} handles no method${hint === undefined ? '' : `; did you mean ${hint}?`}`);
  }
  return methods.flatMap(([key, method]): [AnyMethod, AnyHandler][] => {
    const handler = given.get(key);
    if (handler) return [[method, handler]];
    if ((method.spec as MethodSpec).leader) return [];
    throw new FluxError('EINVAL', `${name}: nothing handles ${key}`);
  });
}
