import { randomUUID } from 'node:crypto';
import { Dispatcher } from '../../../core/handle/dispatcher';
import { checkedHandlers, type Handlers } from '../../../core/handle/handlers';
import { NO_RESPONSE } from '../../../core/handle/no-response';
import { Role } from '../../../core/message';
import { start } from '../../../core/protocol/start';
import { bindSocket, type SocketServer } from '../../../core/router/socket-server';
import { userId } from '../../../core/sys/credentials';
import { FluxError } from '../../../core/sys/errors';
import type { Transport } from '../../../core/transport/transport';

/** What the service may do with the brokers. */
export interface BrokerControl {
  size: number;
  /** -1 when it does not run. */
  pid(rank: number): number;
  kill(rank: number, signum: number): void;
  /** Exit code, once it has ended (at once if it does not run). */
  exited(rank: number): Promise<number>;
  isRunning(rank: number): boolean;
  start(rank: number): void;
  log(text: string): void;
}

const SHORT_ID = 5;

/** The private service of flux start on `DIR/start` (docs/protocol/broker.md §14): tests look at brokers, kill, await and start them again. */
export class StartService {
  readonly #control: BrokerControl;
  readonly #connections = new Map<string, { transport: Transport; dispatcher: Dispatcher }>();
  readonly #waited = new Set<number>();
  #server: SocketServer | undefined;

  private constructor(control: BrokerControl) {
    this.#control = control;
  }

  /** Takes clients of our own user on this path. */
  static async listen(path: string, control: BrokerControl): Promise<StartService> {
    const service = new StartService(control);
    service.#server = await bindSocket({
      path,
      admit: (uid) => {
        if (uid !== userId()) throw new FluxError('EPERM');
        return (transport) => service.#accept(transport, uid);
      },
    });
    return service;
  }

  async close(): Promise<void> {
    for (const { transport } of this.#connections.values()) transport.close();
    await this.#server?.close();
  }

  #accept(transport: Transport, uid: number): void {
    const id = randomUUID();
    const dispatcher = new Dispatcher(
      (response) => {
        response.popRoute();
        response.userid = uid;
        response.rolemask = Role.owner;
        transport.send(response);
      },
      (topic, e) => this.#control.log(`${topic}: ${String(e)}`),
    );
    this.#serve(dispatcher);
    transport.onMessage = (message) => {
      if (!message.isRequest) return;
      message.userid = uid;
      message.rolemask = Role.owner;
      message.pushRoute(id);
      dispatcher.dispatch(message);
    };
    transport.onClose = () => {
      this.#connections.delete(id);
      this.#control.log(`disconnect from ${id.slice(0, SHORT_ID)}`);
      this.#control.log(`bye ${id.slice(0, SHORT_ID)}`);
    };
    this.#connections.set(id, { transport, dispatcher });
    this.#control.log(`hi ${id.slice(0, SHORT_ID)}`);
  }

  #serve(dispatcher: Dispatcher): void {
    for (const [method, handler] of checkedHandlers(start, this.#handlers)) dispatcher.serveMethod(method, handler);
  }

  get #handlers(): Handlers<typeof start> {
    const { size } = this.#control;
    return {
      status: () => ({ procs: Array.from({ length: size }, (_, rank) => ({ pid: this.#control.pid(rank) })) }),
      kill: ({ rank, signum }) => {
        this.#checkRank(rank);
        if (signum <= 0) throw new FluxError('EINVAL');
        this.#control.kill(rank, signum);
      },
      wait: ({ rank }, request) => {
        this.#checkRank(rank);
        if (this.#waited.has(rank)) throw new FluxError('EEXIST');
        this.#waited.add(rank);
        void this.#control.exited(rank).then((code) => {
          this.#waited.delete(rank);
          request.respond({ exit_rc: code });
        });
        return NO_RESPONSE;
      },
      run: ({ rank }) => {
        this.#checkRank(rank);
        if (this.#control.isRunning(rank)) throw new FluxError('EEXIST');
        this.#control.start(rank);
      },
    };
  }

  #checkRank(rank: number): void {
    if (rank < 0 || rank >= this.#control.size) throw new FluxError('ESRCH');
  }
}
