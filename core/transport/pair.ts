import { Mailbox, type Message } from '../message';
import type { Transport } from './transport';

/** Two connected ends inside one process: messages change hands as objects, never encoded. */
export function transportPair(): [Transport, Transport] {
  const a = new End();
  const b = new End();
  a.peer = b;
  b.peer = a;
  return [a, b];
}

class End implements Transport {
  peer!: End;
  onMessage: (message: Message) => void = () => {};
  onClose: () => void = () => {};
  #open = true;
  readonly #mailbox = new Mailbox<Message | null>((message) => {
    if (message) this.onMessage(message);
    else this.#shut();
  });

  send(message: Message): void {
    if (this.#open) this.peer.#mailbox.push(message);
  }

  close(): void {
    if (!this.#open) return;
    this.peer.#mailbox.push(null);
    this.#shut();
  }

  setRef(): void {} // holds nothing that could keep a process alive

  #shut(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#mailbox.close();
    this.onClose();
  }
}
