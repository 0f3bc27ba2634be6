import { randomUUID } from 'node:crypto';
import { Mailbox, Message, MessageType } from '../message';
import { Disconnects } from '../router/disconnects';
import { errno } from '../sys/errno';
import type { Transport } from '../transport';
import type { ServiceOwner } from './service-table';
import { TrafficCounter } from './traffic';

/**
 * Where something in this process is attached to the broker: a module, a client in the same process. It is the transport of their handle on one side, a route id,
 * services, and subscriptions on the router's side. What is sent goes through the router at once, for that runs no one's handlers;
 * what is delivered waits in a mailbox.
 */
export class Port implements Transport, ServiceOwner {
  readonly uuid = randomUUID();
  onMessage: (message: Message) => void = () => {};
  onClose: () => void = () => {};
  readonly disconnects = new Disconnects();
  readonly traffic = new TrafficCounter();
  /** Date.now() of the last message it sent. */
  lastSent = Date.now();
  readonly #subscriptions = new Map<string, number>();
  readonly #brokerUuid: string;
  readonly #route: (message: Message, port: Port) => void;
  readonly #mailbox = new Mailbox<Message>((message) => this.#receive(message));
  #held: Message[] | undefined;
  #accepting = true;
  #open = true;

  /** `route` is the broker's way of taking a message from a port. `hold`: requests wait until release(). */
  constructor(brokerUuid: string, route: (message: Message, port: Port) => void, { hold = false } = {}) {
    this.#brokerUuid = brokerUuid;
    this.#route = route;
    if (hold) this.#held = [];
  }

  // ---- the holder's side

  send(message: Message): void {
    if (!this.#open) return;
    this.lastSent = Date.now();
    this.traffic.sent(message);
    this.#route(message, this);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.onClose();
  }

  setRef(): void {} // holds nothing that could keep a process alive

  // ---- the router's side

  get accepting(): boolean {
    return this.#accepting;
  }

  /** Takes a message over. A request gets the broker's uuid on top of its stack, which the response must bring back. */
  deliver(message: Message): void {
    if (message.type === MessageType.request) message.pushRoute(this.#brokerUuid);
    if (message.type === MessageType.request && this.#held) this.#held.push(message);
    else this.#mailbox.push(message);
  }

  /** Gives the requests that waited to the holder, and from now on all at once. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const message of held) this.#mailbox.push(message);
  }

  /** From now on requests find no service here. Gives an ENOSYS response for each that had not been handed over yet. */
  refuse(): Message[] {
    this.#accepting = false;
    const waiting = [...(this.#held ?? []), ...this.#mailbox.take((message) => message.type === MessageType.request)];
    this.#held = undefined;
    return waiting.filter((request) => !request.noresponse).map((request) => Message.response(request, errno['ENOSYS']));
  }

  subscribe(topic: string): void {
    this.#subscriptions.set(topic, (this.#subscriptions.get(topic) ?? 0) + 1);
  }

  /** Takes one subscription back; an unknown topic is fine. */
  unsubscribe(topic: string): void {
    const count = this.#subscriptions.get(topic) ?? 0;
    if (count > 1) this.#subscriptions.set(topic, count - 1);
    else this.#subscriptions.delete(topic);
  }

  wants(topic: string): boolean {
    for (const prefix of this.#subscriptions.keys()) if (topic.startsWith(prefix)) return true;
    return false;
  }

  #receive(message: Message): void {
    if (!this.#open) return;
    this.traffic.received(message);
    this.onMessage(message);
  }
}
