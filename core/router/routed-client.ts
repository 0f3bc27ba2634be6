import { randomUUID } from 'node:crypto';
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

  wants(topic: string): boolean {
    for (const prefix of this.topics.keys()) if (topic.startsWith(prefix)) return true;
    return false;
  }
}
