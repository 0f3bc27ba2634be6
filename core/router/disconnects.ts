import { Flag, type Message } from '../message';

/**
 * Receivers that must hear of it when a sender of requests goes away: a disconnect for each distinct service topic, nodeid and upstream flag it has addressed
 * (docs/protocol/wire.md §4, "Client disconnect").
 */
export class Disconnects {
  readonly #prepared = new Map<string, Message>();
  #lastTopic: string | undefined;
  #lastTarget = 0;

  /** Remembers what a request's disconnect will be. Call it when the sender's id is on the request's route stack. */
  note(request: Message): void {
    if (request.noresponse) return;
    const target = request.upstream ? -1 - request.nodeid : request.nodeid;
    if (request.topic === this.#lastTopic && target === this.#lastTarget) return;
    this.#lastTopic = request.topic;
    this.#lastTarget = target;
    const topic = disconnectTopic(request.topic ?? '');
    const key = `${target} ${topic}`;
    if (!this.#prepared.has(key)) this.#prepared.set(key, disconnectOf(request, topic));
  }

  /** The disconnect messages, once. */
  take(): Message[] {
    const messages = [...this.#prepared.values()];
    this.#prepared.clear();
    this.#lastTopic = undefined;
    return messages;
  }
}

/** A copy of the request without payload, for the same service instance, wanting no response. */
function disconnectOf(request: Message, topic: string): Message {
  const message = request.copy();
  message.setPayload(undefined);
  message.setFlag(Flag.noresponse);
  message.topic = topic;
  return message;
}

/** The topic with its last word replaced by `disconnect`. */
export function disconnectTopic(topic: string): string {
  return `${topic.slice(0, topic.lastIndexOf('.') + 1)}disconnect`;
}
