import type { Message } from '../message';
import type { ErrnoCode } from '../sys/errors';
import { type Complaint, type Form, type Given, type Read, type Received, type Returned, readerOf } from './form';

/** Who may call a method besides the instance owner (RFC 12): `'user'`, `'any'`; `'owner'`: nobody. */
export type AccessRole = 'owner' | 'user' | 'any';

/**
 * How a method answers: `once`; `stream`, which a request without the STREAMING flag is refused for (EPROTO); `either`, as the request asks; `never`: what
 * is sent without a matchtag, such as `disconnect`.
 */
export type Answers = 'once' | 'stream' | 'either' | 'never';

/** What a table says of a method. */
export interface MethodSpec<Req extends Form = Form, Res extends Form = Form, How extends Answers = Answers> {
  /** Its name after the service's, where the key in the table is not that. */
  name?: string;
  role: AccessRole;
  request?: Req;
  response?: Res;
  answers?: How;
  /** Rank 0 alone serves it: elsewhere its handler may be missing (ENOSYS). */
  leader?: boolean;
  /** The text of EPROTO; default none. */
  complaint?: Complaint;
  /** The text of EPROTO for a request that lacks nothing but the STREAMING flag, of a method that answers with a stream; default none. */
  unstreamed?: string;
  /** What it fails with, and when, besides EPERM and EPROTO for requests that are refused before the handler. */
  errors?: Readonly<Partial<Record<ErrnoCode, string>>>;
}

/**
 * A method of a service, as its table has it (core/protocol/SERVICE.ts): who may call it, the shape of its request, the type of its response. Handlers are
 * given what `read` gives; clients call it with flux.call() or flux.open().
 */
export class Method<Req extends Form = Form, Res extends Form = Form, How extends Answers = Answers, Leader extends boolean = boolean> {
  declare readonly types: { req: Req; res: Res; how: How; leader: Leader };
  readonly topic: string;
  readonly spec: Readonly<MethodSpec<Req, Res, How>>;
  readonly #reader: Lazy;
  readonly #responses = new Lazy(() => readerOf(this.spec.response));

  constructor(topic: string, spec: MethodSpec<Req, Res, How>, reader = new Lazy(() => readerOf(spec.request, spec.complaint))) {
    this.topic = topic;
    this.spec = spec;
    this.#reader = reader;
  }

  /** The request's payload, checked. The check is made at the first request. @throws FluxError EPROTO */
  read(message: Message): Read<Req> {
    return this.#reader.get()(message) as Read<Req>;
  }

  /** A response's payload, checked: of one that comes to no call, since its request had matchtag 0. @throws FluxError EPROTO */
  readResponse(message: Message): Read<Res> {
    return this.#responses.get()(message) as Read<Res>;
  }

  /** Whether the payload is looked at as bytes, whatever they are. */
  get isRaw(): boolean {
    return this.spec.request === 'bytes';
  }

  /** The same method of a service that has another name: a shell's, an instance's own. */
  at(service: string): Method<Req, Res, How, Leader> {
    return new Method(`${service}.${this.topic.slice(this.topic.indexOf('.') + 1)}`, this.spec, this.#reader);
  }
}

// biome-ignore lint/suspicious/noExplicitAny: any method
export type AnyMethod = Method<any, any, any, any>;

/** What a client gives. */
export type GivenTo<M> = M extends Method<infer Req, Form, Answers, boolean> ? Given<Req> : never;
/** What a handler gets. */
export type ReadBy<M> = M extends Method<infer Req, Form, Answers, boolean> ? Read<Req> : never;
/** What a client gets of a response. */
export type ReceivedFrom<M> = M extends Method<Form, infer Res, Answers, boolean> ? Received<Res> : never;
/** What a handler returns, or yields. */
export type ReturnedBy<M> = M extends Method<Form, infer Res, Answers, boolean> ? Returned<Res> : never;

/** A row of a service's table. */
export function method<const S extends MethodSpec>(
  spec: S,
): Method<
  S['request'] extends Form ? S['request'] : undefined,
  S['response'] extends Form ? S['response'] : undefined,
  S['answers'] extends Answers ? S['answers'] : 'once',
  S['leader'] extends true ? true : false
> {
  return new Method('', spec as never);
}

/** Made when it is first asked for. */
class Lazy {
  #value: ((message: Message) => unknown) | undefined;
  constructor(private readonly make: () => (message: Message) => unknown) {}
  get(): (message: Message) => unknown {
    this.#value ??= this.make();
    return this.#value;
  }
}
