import type { Message } from '../message';
import { Disconnects } from '../router/disconnects';

/**
 * Whoever has sent requests to this broker through one of its peers: when the peer is lost, nobody else tells the services they used that they are gone. A
 * client that disconnects itself is forgotten.
 */
export class DistantClients {
  readonly #byOriginator = new Map<string, Disconnects>();

  /** A request has come over the peer. */
  note(request: Message): void {
    const originator = request.originator ?? '';
    if (request.topic?.endsWith('.disconnect')) {
      this.#byOriginator.delete(originator);
      return;
    }
    if (request.noresponse) return;
    let disconnects = this.#byOriginator.get(originator);
    if (!disconnects) this.#byOriginator.set(originator, (disconnects = new Disconnects()));
    disconnects.note(request);
  }

  /** The disconnects of all of them, once. */
  take(): Message[] {
    const messages = [...this.#byOriginator.values()].flatMap((disconnects) => disconnects.take());
    this.#byOriginator.clear();
    return messages;
  }
}
