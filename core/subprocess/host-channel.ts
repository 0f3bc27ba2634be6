import type { Socket } from 'node:net';

/** A program to run, as the broker asks its host: what rexec was asked for, with the directory that could be entered. */
export interface HostedCommand {
  argv: readonly string[];
  cwd: string;
  env: Record<string, string>;
}

/** From the broker to a host. Runs are numbered by the broker. `signal`: what kill(2) would do to that process. */
export type HostRequest = ({ op: 'run'; id: number } & HostedCommand) | { op: 'signal'; id: number; signum: number };

/**
 * From a host to the broker. `output`: base64. `accept`: the run has begun; `decline`: it needs a process of its own, and nothing has happened yet. `group`: it has
 * processes in this group, from now on or (`gone`) no more. `exit` is the last: the raw wait status that its process would have had.
 */
export type HostReport =
  | { op: 'accept' | 'decline'; id: number }
  | { op: 'output'; id: number; stream: 'stdout' | 'stderr'; data: string }
  | { op: 'group'; id: number; pgid: number; gone?: true }
  | { op: 'exit'; id: number; status: number };

/** Descriptor of a host's end of the channel. */
export const HOST_CHANNEL_FD = 3;

/** JSON texts, one a line, over a socket: how a broker and a host that it runs talk. `onEnd` is called once, when the other side is gone. */
export class HostChannel<Sent, Received> {
  readonly #socket: Socket;
  #rest = '';

  constructor(socket: Socket, onMessage: (message: Received) => void, onEnd: () => void) {
    this.#socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => this.#feed(chunk, onMessage));
    socket.on('error', () => socket.destroy());
    socket.once('close', onEnd);
    socket.once('end', () => socket.destroy());
  }

  /** Written at once as far as the socket takes it: what was sent is not lost with this process. */
  send(message: Sent): void {
    if (this.#socket.writable) this.#socket.write(`${JSON.stringify(message)}\n`);
  }

  close(): void {
    this.#socket.destroy();
  }

  #feed(chunk: string, onMessage: (message: Received) => void): void {
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop()!;
    for (const line of lines) onMessage(JSON.parse(line) as Received);
  }
}
