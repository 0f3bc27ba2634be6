import { Mailbox, type Message, Role, USERID_UNKNOWN } from '../message';
import type { Transport } from './transport';

/** loop:// (flux_open(3)): every message sent comes back to the same handle, unset credentials filled with `userid` and the owner role. */
export class LoopTransport implements Transport {
  onMessage: (message: Message) => void = () => {};
  onClose: () => void = () => {};
  readonly #userid: number;
  readonly #mailbox = new Mailbox<Message>((message) => this.onMessage(message));

  constructor(userid: number) {
    this.#userid = userid;
  }

  send(message: Message): void {
    if (message.userid === USERID_UNKNOWN) message.userid = this.#userid;
    if (message.rolemask === Role.none) message.rolemask = Role.owner;
    this.#mailbox.push(message);
  }

  close(): void {
    this.#mailbox.close();
    this.onClose();
  }

  setRef(): void {}
}
