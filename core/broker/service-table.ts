import type { Message } from '../message';
import { FluxError } from '../sys/errors';

/** A receiver of requests for services: the broker itself, or a port. */
export interface ServiceOwner {
  /** Takes over a request that has reached its broker. */
  deliver(request: Message): void;
  /** False while its owner is going away: its services are as if not registered. */
  readonly accepting: boolean;
}

const MAX_TOPICS = 1000;

/** The services of one broker by name: the part of a topic before the first dot. */
export class ServiceTable {
  readonly #owners = new Map<string, ServiceOwner>();
  /** Owners by whole topics that were asked for. */
  readonly #byTopic = new Map<string, ServiceOwner>();

  /** EINVAL: a name with a dot or none at all; EEXIST: taken. */
  add(name: string, owner: ServiceOwner): void {
    if (name === '' || name.includes('.')) throw new FluxError('EINVAL');
    if (this.#owners.has(name)) throw new FluxError('EEXIST');
    this.#owners.set(name, owner);
    this.#byTopic.clear();
  }

  /** ENOENT: unknown; EINVAL: another's. */
  remove(name: string, owner: ServiceOwner): void {
    const registered = this.#owners.get(name);
    if (!registered) throw new FluxError('ENOENT');
    if (registered !== owner) throw new FluxError('EINVAL');
    this.#owners.delete(name);
    this.#byTopic.clear();
  }

  removeAll(owner: ServiceOwner): void {
    for (const [name, registered] of this.#owners) if (registered === owner) this.#owners.delete(name);
    this.#byTopic.clear();
  }

  /** The owner that takes requests for `name` now. */
  find(name: string): ServiceOwner | undefined {
    const owner = this.#owners.get(name);
    return owner?.accepting ? owner : undefined;
  }

  /** As find(), for a request's topic. */
  findFor(request: Message): ServiceOwner | undefined {
    const topic = request.topic ?? '';
    let owner = this.#byTopic.get(topic);
    if (owner === undefined) {
      owner = this.#owners.get(request.service);
      if (owner === undefined) return undefined;
      if (this.#byTopic.size >= MAX_TOPICS) this.#byTopic.clear();
      this.#byTopic.set(topic, owner);
    }
    return owner.accepting ? owner : undefined;
  }

  get names(): string[] {
    return [...this.#owners.keys()];
  }

  has(name: string): boolean {
    return this.#owners.has(name);
  }

  /** Names registered by `owner`, in order of registration. */
  namesOf(owner: ServiceOwner): string[] {
    return [...this.#owners].filter(([, registered]) => registered === owner).map(([name]) => name);
  }
}
