import type net from 'node:net';
import { PmiServer } from './server';

/** A PMI program whose processes are all on this host; `abort` and `trace` as in PmiServerOptions. */
export interface LocalPmiOptions {
  /** Number of processes; all are clients of this server. */
  size: number;
  /** Keys that are there from the start, such as PMI_process_mapping. */
  preset?: Readonly<Record<string, string>>;
  abort(rank: number, exitCode: number, message: string | undefined): void;
  trace?(rank: number, side: 'C' | 'S', line: string): void;
}

/** A PMI server for processes that are all started here, with the values in memory: that of `flux start`. */
export class LocalPmiServer {
  readonly #values: Map<string, string>;
  readonly #server: PmiServer;

  constructor({ size, preset = {}, abort, trace }: LocalPmiOptions) {
    this.#values = new Map(Object.entries(preset));
    this.#server = new PmiServer({
      size,
      localSize: size,
      kvsname: '-',
      put: (key, value) => void this.#values.set(key, value),
      get: (key) => this.#values.get(key),
      barrier: async () => {},
      abort,
      ...(trace ? { trace } : {}),
    });
  }

  /**
   * Serves the process of this rank on our end of its PMI_FD socket, which is ended after finalize. `onError` hears of a broken protocol (EPROTO):
   * nothing more is read then. The end of the stream without finalize is not an error here: the process's exit tells.
   */
  serve(rank: number, socket: net.Socket, onError: (error: unknown) => void): void {
    const send = (line: string) => {
      if (socket.writable) socket.write(line);
    };
    const client = this.#server.client(rank, send, (e) => {
      socket.destroy();
      onError(e);
    });
    socket.on('data', (chunk: Buffer) => {
      client.receive(chunk);
      if (client.finalized) socket.end();
    });
    socket.on('error', () => socket.destroy()); // the process is gone: its exit tells
    socket.on('end', () => socket.end());
  }
}
