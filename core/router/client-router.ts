import type { Flux } from '../handle';
import { LogLevel } from '../handle/log-entry';
import { Flag, Message, MessageType, Role } from '../message';
import { subscriptions } from '../protocol/broker';
import { services } from '../protocol/services';
import { FluxError, toFluxError } from '../sys/errors';
import type { Transport } from '../transport';
import { ClientServices } from './client-services';
import type { Credentials } from './credentials';
import { disconnectTopic } from './disconnects';
import { RoutedClient } from './routed-client';
import { SharedSubscriptions } from './shared-subscriptions';

const MAX_TOPIC = 255;

type LocalMethod = (router: ClientRouter, client: RoutedClient, request: Message) => Promise<void>;

const { sub, unsub } = subscriptions;
const { add, remove } = services;

/** Methods the router answers itself (docs/protocol/wire.md §4). */
const localMethods = new Map<string, LocalMethod>([
  [sub.topic, (router, client, request) => router.subscriptions.add(client, sub.read(request).topic)],
  [unsub.topic, (router, client, request) => router.subscriptions.remove(client, unsub.read(request).topic)],
  [add.topic, (router, client, request) => router.services.add(client, add.read(request).service, request)],
  [remove.topic, (router, client, request) => router.services.remove(client, remove.read(request).service, request)],
]);

/**
 * Many clients on one handle (docs/protocol/wire.md §4, "Router"): pushes and pops their route ids, keeps their subscriptions and services, and sends
 * disconnects when they go. Used by connector-local, `flux relay` and `flux proxy`.
 */
export class ClientRouter {
  readonly upstream: Flux;
  readonly subscriptions: SharedSubscriptions;
  readonly services: ClientServices;
  readonly #clients = new Map<string, RoutedClient>();
  readonly #log: (level: LogLevel, text: string) => void;

  constructor(upstream: Flux, log: (level: LogLevel, text: string) => void = () => {}) {
    this.upstream = upstream;
    this.#log = log;
    this.subscriptions = new SharedSubscriptions(upstream);
    this.services = new ClientServices(upstream);
    upstream.tap = (message) => this.#fromUpstream(message);
  }

  get clients(): Iterable<RoutedClient> {
    return this.#clients.values();
  }

  /** Takes a connection on which the handshake is done. What it sends gets `credentials`. */
  add(transport: Transport, credentials: Credentials): RoutedClient {
    const client = new RoutedClient(transport, credentials);
    this.#clients.set(client.uuid, client);
    transport.onClose = (error) => this.#left(client, error);
    transport.onMessage = (message) => this.#fromClient(client, message);
    return client;
  }

  /** Ends all connections. */
  close(): void {
    for (const client of [...this.#clients.values()]) client.transport.close();
    this.upstream.tap = () => false;
  }

  // ---- from clients

  #fromClient(client: RoutedClient, message: Message): void {
    if (message.topic === undefined || message.type === MessageType.control) return;
    client.credentials.stamp(message);
    if (message.type === MessageType.request) this.#request(client, message);
    else if (message.has(Flag.route) && (!message.isResponse || client.mayAnswer(message))) this.upstream.send(message); // without a route stack: dropped
  }

  #request(client: RoutedClient, request: Message): void {
    const local = localMethods.get(request.topic!);
    if (local) {
      void this.#answer(client, request, local);
      return;
    }
    request.pushRoute(client.uuid);
    if (!request.noresponse && disconnectTopic(request.topic!).length > MAX_TOPIC) return;
    client.disconnects.note(request);
    this.upstream.send(request);
  }

  async #answer(client: RoutedClient, request: Message, method: LocalMethod): Promise<void> {
    let error: FluxError | undefined;
    try {
      await method(this, client, request);
    } catch (e) {
      error = toFluxError(e);
    }
    if (request.noresponse) return;
    const response = Message.response(request, error?.errnum ?? 0, error?.text).enableRoutes();
    response.rolemask = Role.owner;
    client.transport.send(response);
  }

  // ---- to clients

  #fromUpstream(message: Message): boolean {
    if (message.type === MessageType.response) return this.#response(message);
    if (message.type === MessageType.event) this.#event(message);
    else if (message.type === MessageType.request) return this.#serviceRequest(message);
    return false;
  }

  /** Responses to the handle's own RPCs have an empty stack here; what is for a client that has gone is dropped. */
  #response(response: Message): boolean {
    const uuid = response.topRoute;
    if (uuid === undefined) return false;
    const client = this.#clients.get(uuid);
    if (client) {
      response.popRoute();
      client.transport.send(response);
    }
    return true;
  }

  #event(event: Message): void {
    for (const client of this.#clients.values()) {
      if (!client.wants(event.topic ?? '')) continue;
      if (client.credentials.maySee(event)) client.transport.send(event);
      else this.#log(LogLevel.err, `router: event > client=${client.shortId}: ${new FluxError('EPERM').message}`);
    }
  }

  #serviceRequest(request: Message): boolean {
    const client = this.services.ownerOf(request.service);
    if (!client) return false;
    if (request.topic?.includes('.')) this.#serve(client, request);
    else if (!request.noresponse) this.upstream.send(Message.response(request, new FluxError('ENOSYS').errnum));
    return true;
  }

  #serve(client: RoutedClient, request: Message): void {
    try {
      client.serve(request);
    } catch (e) {
      if (!request.noresponse) this.upstream.send(Message.response(request, toFluxError(e).errnum));
    }
  }

  // ---- the end of a client

  #left(client: RoutedClient, error: FluxError | undefined): void {
    this.#clients.delete(client.uuid);
    for (const disconnect of client.disconnects.take()) this.upstream.send(disconnect);
    this.services.drop(client);
    this.subscriptions.drop(client);
    client.onGone(error);
  }
}
