import type { Message } from '../message';
import { type Form, type Given, type Read, readerOf } from './form';

/** What a table says of an event. */
export interface EventSpec<P extends Form = Form> {
  /** What follows the service's name in its topic, where the key in the table is not that. With a `subject` it is what comes before that. */
  name?: string;
  /** What comes next in the topic of an event that is one of many: `NAMESPACE` of `kvs.namespace-NAMESPACE-setroot`. */
  subject?: string;
  /** What follows the subject: `.kill` of `shell-ID.kill`. */
  ending?: string;
  /** The whole topic, of an event that is not named after its service. */
  topic?: string;
  payload?: P;
}

/** An event that a service publishes, as its table has it: subscribe to it, publish it, read it. */
export class Event<P extends Form = Form> {
  declare readonly types: { payload: P };
  /** The topic; of an event with a subject the prefix of all of them. */
  readonly topic: string;
  readonly spec: Readonly<EventSpec<P>>;
  #reader: ((message: Message) => unknown) | undefined;

  constructor(topic: string, spec: EventSpec<P>) {
    this.topic = topic;
    this.spec = spec;
  }

  /** The event of one subject. */
  of(subject: string): Event<P> {
    return new Event(`${this.topic}${subject}${this.spec.ending ?? ''}`, this.spec);
  }

  /** The payload, checked. @throws FluxError EPROTO */
  read(message: Message): Read<P> {
    this.#reader ??= readerOf(this.spec.payload);
    return this.#reader(message) as Read<P>;
  }
}

/** What a publisher gives. */
export type PublishedAs<E> = E extends Event<infer P> ? Given<P> : never;
/** What a subscriber reads. */
export type ReadOf<E> = E extends Event<infer P> ? Read<P> : never;

/** A row of a service's table. */
export function event<const S extends EventSpec>(spec: S = {} as S): Event<S['payload'] extends Form ? S['payload'] : undefined> {
  return new Event('', spec as never);
}
