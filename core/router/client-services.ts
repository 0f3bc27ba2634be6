import type { Flux } from '../handle';
import type { Message } from '../message';
import { services } from '../protocol/services';
import { FluxError } from '../sys/errors';
import type { RoutedClient } from './routed-client';

/** Services that clients of a router have registered (docs/protocol/wire.md §4, "Services registered by clients"). */
export class ClientServices {
  readonly #owners = new Map<string, RoutedClient>();
  readonly #upstream: Flux;

  constructor(upstream: Flux) {
    this.#upstream = upstream;
  }

  ownerOf(service: string): RoutedClient | undefined {
    return this.#owners.get(service);
  }

  /** EEXIST: taken here or upstream; EINVAL, EPERM: as upstream says. */
  async add(client: RoutedClient, service: string, request: Message): Promise<void> {
    if (this.#owners.has(service)) throw new FluxError('EEXIST');
    this.#owners.set(service, client);
    try {
      await this.#upstream.call(services.add, { service }, credentialsOf(request));
    } catch (e) {
      this.#owners.delete(service);
      throw e;
    }
  }

  /** ENOENT: not registered by this client. */
  async remove(client: RoutedClient, service: string, request: Message): Promise<void> {
    if (this.#owners.get(service) !== client) throw new FluxError('ENOENT');
    await this.#upstream.call(services.remove, { service }, credentialsOf(request));
    this.#owners.delete(service);
  }

  /** The client has gone: its services are taken back. */
  drop(client: RoutedClient): void {
    for (const [service, owner] of this.#owners) {
      if (owner !== client) continue;
      this.#owners.delete(service);
      const { userid, rolemask } = client.credentials;
      this.#upstream.tell(services.remove, { service }, { userid, rolemask });
    }
  }
}

const credentialsOf = ({ userid, rolemask }: Message) => ({ userid, rolemask });
