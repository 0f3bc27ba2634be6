import { randomUUID } from 'node:crypto';
import { type Message, Role } from '../message';
import type { FluxError } from '../sys/errors';
import type { Transport } from '../transport';
import type { Credentials } from './credentials';
import { Disconnects } from './disconnects';

const SHORT_ID = 5;

/** One connection of a router. */
export class RoutedClient {
  /** Its id on route stacks. */
  readonly uuid = randomUUID();
  readonly disconnects = new Disconnects();
  /** Topics it is subscribed to, and how often. */
  readonly topics = new Map<string, number>();
  /** Requests for its services that it has not answered yet, if it is a guest's. */
  readonly #asked = new Set<string>();
  /** Called once, when it has gone and nothing of it is left; with the error that ended the connection. */
  onGone: (error: FluxError | undefined) => void = () => {};

  constructor(
    readonly transport: Transport,
    readonly credentials: Credentials,
  ) {}

  /** The id as logs show it. */
  get shortId(): string {
    return this.uuid.slice(0, SHORT_ID);
  }

  /** Gives it a request for one of its services. */
  serve(request: Message): void {
    if (this.#isGuest) this.#asked.add(keyOf(request));
    this.transport.send(request);
  }

  /** Whether it may send this response: a guest answers only what it was asked, for it sees the route stacks of those who ask it. */
  mayAnswer(response: Message): boolean {
    if (!this.#isGuest) return true;
    const key = keyOf(response);
    if (!this.#asked.has(key)) return false;
    if (response.errnum !== 0 || !response.streaming) this.#asked.delete(key);
    return true;
  }

  get #isGuest(): boolean {
    return this.credentials.rolemask === Role.user;
  }

  wants(topic: string): boolean {
    for (const prefix of this.topics.keys()) if (topic.startsWith(prefix)) return true;
    return false;
  }
}

/** Identifies a request: the client behind it (its route), topic and matchtag. */
const keyOf = ({ routes, topic, matchtag }: Message) => `${routes?.join('!')} ${topic} ${matchtag}`;
