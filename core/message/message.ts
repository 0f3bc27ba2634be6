import type { JsonObject } from '../formats/json';
import { FluxError } from '../sys/errors';
import { Flag, MATCHTAG_NONE, MessageType, NODEID_ANY, Role, USERID_UNKNOWN } from './constants';
import { Payload } from './payload';

/** A new message's payload: a JSON object, a string (NUL added), raw bytes, or nothing. */
export type PayloadInput = object | string | Buffer | Payload | null | undefined;

/**
 * One RFC 3 message. Fields are those of the PROTO block; `aux1` and `aux2` have names by type (nodeid and matchtag, errnum and matchtag,
 * sequence, control type and status).
 *
 * `routes` has the originator first and the top of the stack (last pushed, next hop of a response) last; undefined when the message has no
 * route stack at all; never changed in place, so that messages share it. Requests and responses belong to whoever holds them and are changed in place while they travel; events
 * are shared by all receivers and never changed.
 */
export class Message {
  type: MessageType;
  flags: number;
  userid: number = USERID_UNKNOWN;
  rolemask: number = Role.none;
  aux1: number;
  aux2: number;
  routes: readonly string[] | undefined = undefined;
  topic: string | undefined;
  payload: Payload | undefined = undefined;

  constructor(type: MessageType, topic: string | undefined, aux1: number, aux2: number) {
    this.type = type;
    this.topic = topic;
    this.flags = topic === undefined ? 0 : Flag.topic;
    this.aux1 = aux1;
    this.aux2 = aux2;
  }

  static request(topic: string, payload?: PayloadInput, { nodeid = NODEID_ANY, matchtag = MATCHTAG_NONE } = {}): Message {
    return new Message(MessageType.request, topic, nodeid, matchtag).setPayload(payload);
  }

  static event(topic: string, payload?: PayloadInput, { sequence = 0 } = {}): Message {
    return new Message(MessageType.event, topic, sequence, 0).setPayload(payload);
  }

  static control(type: number, status: number): Message {
    return new Message(MessageType.control, undefined, type, status);
  }

  /** The response to a request: same topic, flags, route stack and matchtag; credentials unset; `errnum` 0 is success. */
  static response(request: Message, errnum = 0, payload?: PayloadInput): Message {
    const response = new Message(MessageType.response, request.topic, errnum, request.aux2);
    response.flags = request.flags & ~Flag.payload;
    response.routes = request.routes;
    return response.setPayload(payload);
  }

  setPayload(input: PayloadInput): this {
    this.payload = toPayload(input);
    this.flags = this.payload ? this.flags | Flag.payload : this.flags & ~Flag.payload;
    return this;
  }

  get isRequest(): boolean {
    return this.type === MessageType.request;
  }
  get isResponse(): boolean {
    return this.type === MessageType.response;
  }
  get isEvent(): boolean {
    return this.type === MessageType.event;
  }
  get isControl(): boolean {
    return this.type === MessageType.control;
  }

  get nodeid(): number {
    return this.aux1;
  }
  set nodeid(nodeid: number) {
    this.aux1 = nodeid;
  }
  get errnum(): number {
    return this.aux1;
  }
  set errnum(errnum: number) {
    this.aux1 = errnum;
  }
  get sequence(): number {
    return this.aux1;
  }
  get matchtag(): number {
    return this.aux2;
  }
  set matchtag(matchtag: number) {
    this.aux2 = matchtag;
  }

  has(flag: number): boolean {
    return (this.flags & flag) !== 0;
  }
  get noresponse(): boolean {
    return this.has(Flag.noresponse);
  }
  get streaming(): boolean {
    return this.has(Flag.streaming);
  }
  get upstream(): boolean {
    return this.has(Flag.upstream);
  }
  get isPrivate(): boolean {
    return this.has(Flag.private);
  }

  /** Sets the flag; streaming and noresponse exclude each other (RFC 3). */
  setFlag(flag: number): this {
    this.flags |= flag;
    if (flag === Flag.streaming) this.flags &= ~Flag.noresponse;
    if (flag === Flag.noresponse) this.flags &= ~Flag.streaming;
    return this;
  }
  clearFlag(flag: number): this {
    this.flags &= ~flag;
    return this;
  }

  /** Gives the message a route stack (empty) if it has none: RFC 3 requires one on every request that wants a response. */
  enableRoutes(): this {
    this.flags |= Flag.route;
    this.routes ??= noRoutes;
    return this;
  }
  clearRoutes(): this {
    this.flags &= ~Flag.route;
    this.routes = undefined;
    return this;
  }
  pushRoute(id: string): void {
    this.flags |= Flag.route;
    this.routes = pushed(this.routes ?? noRoutes, id);
  }
  popRoute(): string | undefined {
    const { routes } = this;
    if (routes === undefined || routes.length === 0) return undefined;
    this.routes = routes.length === 1 ? noRoutes : routes.slice(0, -1);
    return routes[routes.length - 1];
  }
  /** Top of the stack: next hop of a response. */
  get topRoute(): string | undefined {
    return this.routes?.[this.routes.length - 1];
  }
  /** The id of the first sender, at the bottom of the route stack. Undefined for a request that a broker itself made. */
  get originator(): string | undefined {
    return this.routes?.[0];
  }

  /** Decoded JSON payload; EPROTO (without text) if there is none or it is not a JSON object. */
  json<T = JsonObject>(): T {
    if (!this.payload) throw new FluxError('EPROTO');
    return this.payload.json() as T;
  }
  /** String payload without its NUL; EPROTO if there is none. */
  text(): string {
    if (!this.payload) throw new FluxError('EPROTO');
    return this.payload.text();
  }
  /** Raw payload; empty when there is none (docs/protocol/wire.md §2: a zero-length payload is sent as no payload). */
  get bytes(): Buffer {
    return this.payload?.bytes ?? empty;
  }

  /** The service part of the topic: up to the first dot. */
  get service(): string {
    const topic = this.topic ?? '';
    const dot = topic.indexOf('.');
    return dot < 0 ? topic : topic.slice(0, dot);
  }

  /** The error of a response with errnum != 0, with its text if it carries one. */
  error(): FluxError {
    return new FluxError(this.aux1, errorText(this.payload));
  }

  /** True if the sender may act as instance owner. */
  get isOwner(): boolean {
    return (this.rolemask & Role.owner) !== 0;
  }
  /** RFC 12: owner, or a user acting for itself. */
  authorizedFor(userid: number): boolean {
    return this.isOwner || ((this.rolemask & Role.user) !== 0 && this.userid !== USERID_UNKNOWN && this.userid === userid);
  }

  /** A copy that can be changed without changing this one; the payload is shared. */
  copy(): Message {
    const copy = new Message(this.type, this.topic, this.aux1, this.aux2);
    copy.flags = this.flags;
    copy.userid = this.userid;
    copy.rolemask = this.rolemask;
    copy.routes = this.routes;
    copy.payload = this.payload;
    return copy;
  }
}

const empty = Buffer.alloc(0);
const noRoutes: readonly string[] = [];

/** The stack with one more, in an array of just that size: push() would make room for 16. */
function pushed(routes: readonly string[], id: string): readonly string[] {
  if (routes.length === 0) return [id];
  if (routes.length === 1) return [routes[0]!, id];
  return [...routes, id];
}

function toPayload(input: PayloadInput): Payload | undefined {
  if (input === undefined || input === null) return undefined;
  if (input instanceof Payload) return input;
  if (typeof input === 'string') return Payload.text(input);
  if (Buffer.isBuffer(input)) return input.length === 0 ? undefined : Payload.bytes(input);
  return Payload.json(input);
}

function errorText(payload: Payload | undefined): string | undefined {
  if (!payload) return undefined;
  const bytes = payload.bytes;
  return bytes.toString('utf8', 0, bytes[bytes.length - 1] === 0 ? bytes.length - 1 : bytes.length) || undefined;
}
