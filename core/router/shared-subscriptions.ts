import type { Flux } from '../handle';
import { FluxError } from '../sys/errors';
import type { RoutedClient } from './routed-client';

interface Shared {
  count: number;
  /** The subscription upstream: what ends it. */
  upstream: Promise<() => Promise<void>>;
}

/** The subscriptions of many clients, of which a topic's first asks upstream and its last takes that back. */
export class SharedSubscriptions {
  readonly #topics = new Map<string, Shared>();
  readonly #upstream: Flux;

  constructor(upstream: Flux) {
    this.#upstream = upstream;
  }

  /** Resolves when upstream has the subscription. */
  async add(client: RoutedClient, topic: string): Promise<void> {
    client.topics.set(topic, (client.topics.get(topic) ?? 0) + 1);
    const shared = this.#topics.get(topic);
    if (shared) {
      shared.count++;
      await shared.upstream;
      return;
    }
    const upstream = this.#upstream.subscribe(topic, () => {}); // the router's tap sees the events
    this.#topics.set(topic, { count: 1, upstream });
    try {
      await upstream;
    } catch (e) {
      this.#topics.delete(topic);
      client.topics.delete(topic);
      throw e;
    }
  }

  /** ENOENT: the client is not subscribed to this topic. */
  async remove(client: RoutedClient, topic: string): Promise<void> {
    const count = client.topics.get(topic);
    if (count === undefined) throw new FluxError('ENOENT');
    if (count > 1) client.topics.set(topic, count - 1);
    else client.topics.delete(topic);
    await this.#release(topic, 1);
  }

  /** The client has gone. */
  drop(client: RoutedClient): void {
    // a failure means that upstream has gone too
    for (const [topic, count] of client.topics) this.#release(topic, count).catch(() => {});
    client.topics.clear();
  }

  async #release(topic: string, count: number): Promise<void> {
    const shared = this.#topics.get(topic);
    if (!shared) return;
    shared.count -= count;
    if (shared.count > 0) return;
    this.#topics.delete(topic);
    const unsubscribe = await shared.upstream;
    await unsubscribe();
  }
}
