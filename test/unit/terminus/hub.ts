import { Flux } from '../../../core/handle';
import { Message, Role } from '../../../core/message';
import { type Transport, transportPair } from '../../../core/transport';

/** A server's handle and clients' handles with a little broker between them: it stamps credentials, keeps routes, and tells of disconnects. */
export class Hub {
  readonly server: Flux;
  readonly #toServer: Transport;
  readonly #clients = new Map<string, Transport>();
  readonly #topics = new Map<string, Message>();

  constructor() {
    const [inner, outer] = transportPair();
    this.server = new Flux(inner);
    this.#toServer = outer;
    outer.onMessage = (message) => this.#toClient(message);
  }

  /** A client that acts as this user. */
  client(userid: number, rolemask: number = Role.owner): Flux {
    const id = `client-${this.#clients.size}`;
    const [inner, outer] = transportPair();
    this.#clients.set(id, outer);
    outer.onMessage = (message) => {
      message.pushRoute(id);
      message.userid = userid;
      message.rolemask = rolemask;
      this.#topics.set(`${id} ${message.topic}`, message.copy());
      this.#toServer.send(message);
    };
    outer.onClose = () => {
      for (const [key, message] of this.#topics) if (key.startsWith(`${id} `)) this.#toServer.send(disconnectOf(message));
    };
    return new Flux(inner);
  }

  close(): void {
    this.server.close();
    for (const transport of this.#clients.values()) transport.close();
  }

  #toClient(message: Message): void {
    if (!message.isResponse) return;
    message.rolemask = Role.owner;
    this.#clients.get(message.popRoute() ?? '')?.send(message);
  }
}

function disconnectOf(request: Message): Message {
  const message = Message.request(request.topic!.replace(/[^.]*$/, 'disconnect')).setFlag(4);
  message.routes = request.routes?.slice();
  message.enableRoutes();
  message.userid = request.userid;
  message.rolemask = request.rolemask;
  return message;
}
