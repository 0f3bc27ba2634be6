import { Mailbox, type Message } from '../message';
import type { Transport } from '../transport';
import type { ServiceOwner } from './service-table';

/** Where the broker's own handle is attached: as a Port, but with no route id, so requests to resident services and responses come as they are. */
export class OwnPort implements Transport, ServiceOwner {
  onMessage: (message: Message) => void = () => {};
  onClose: () => void = () => {};
  readonly accepting = true;
  readonly #route: (message: Message) => void;
  readonly #mailbox = new Mailbox<Message>((message) => this.onMessage(message));
  #open = true;

  constructor(route: (message: Message) => void) {
    this.#route = route;
  }

  send(message: Message): void {
    if (this.#open) this.#route(message);
  }

  deliver(message: Message): void {
    this.#mailbox.push(message);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#mailbox.close();
    this.onClose();
  }

  setRef(): void {}
}
