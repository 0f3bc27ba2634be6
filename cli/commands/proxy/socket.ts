import fs from 'node:fs';
import path from 'node:path';
import type { Flux } from '../../../core/handle/flux';
import { bindSocket, ClientRouter, Credentials, type SocketServer } from '../../../core/router';
import { userId } from '../../../core/sys/credentials';
import { errorText, FluxError } from '../../../core/sys/errors';
import { CommandError } from '../../command';

/** A socket of our own in front of a connection: our user's clients are routed over it, each as if it had its own. */
export class ProxySocket {
  readonly uri: string;
  readonly #dir: string;
  readonly #router: ClientRouter;
  #server: SocketServer | undefined;

  private constructor(flux: Flux, dir: string) {
    this.#dir = dir;
    this.uri = `local://${path.join(dir, 'local')}`;
    this.#router = new ClientRouter(flux);
  }

  /** Listens on `TMPDIR/flux-proxy-XXXXXX/local`. */
  static async open(flux: Flux, tmpdir: string): Promise<ProxySocket> {
    const socket = new ProxySocket(flux, makeFolder(tmpdir));
    try {
      socket.#server = await bindSocket({ path: path.join(socket.#dir, 'local'), admit: (user) => socket.#admit(user) });
      return socket;
    } catch (e) {
      socket.close();
      throw new CommandError(`${socket.uri}: ${errorText(e)}`);
    }
  }

  /** Ends the clients' connections and removes the folder. A second call does nothing. */
  close(): void {
    this.#router.close();
    void this.#server?.close(); // settles with the last connection, which may take its time
    this.#server = undefined;
    fs.rmSync(this.#dir, { recursive: true, force: true });
  }

  #admit(user: number): (transport: Parameters<ClientRouter['add']>[0]) => void {
    if (user !== userId()) throw new FluxError('EPERM');
    return (transport) => void this.#router.add(transport, Credentials.relay(user));
  }
}

function makeFolder(tmpdir: string): string {
  const prefix = path.join(tmpdir, 'flux-proxy-');
  try {
    return fs.mkdtempSync(prefix);
  } catch (e) {
    throw new CommandError(`${prefix}XXXXXX: ${errorText(e)}`);
  }
}
