import { type Message, MessageType } from '../message';

const types = Object.values(MessageType);
type Counts = Record<MessageType, number>;

/** Counts messages by type and direction, as their holder sees it. */
export class TrafficCounter {
  readonly #sent: Counts = { 1: 0, 2: 0, 4: 0, 8: 0 };
  readonly #received: Counts = { 1: 0, 2: 0, 4: 0, 8: 0 };

  sent(message: Message): void {
    this.#sent[message.type]++;
  }

  received(message: Message): void {
    this.#received[message.type]++;
  }

  clear(): void {
    for (const counts of [this.#sent, this.#received]) for (const type of types) counts[type] = 0;
  }

  /** As `NAME.stats.get` gives them (docs/protocol/broker.md §7). */
  toPayload(): Record<string, number> {
    const sent = this.#sent;
    const received = this.#received;
    return {
      '#request (tx)': sent[1],
      '#request (rx)': received[1],
      '#response (tx)': sent[2],
      '#response (rx)': received[2],
      '#event (tx)': sent[4],
      '#event (rx)': received[4],
      '#keepalive (tx)': sent[8],
      '#keepalive (rx)': received[8],
    };
  }
}
