import fs from 'node:fs';
import { NO_RESPONSE, type Request } from '../handle';
import type { ReadBy } from '../protocol';
import type { terminus } from '../protocol/terminus';
import { FluxError, toFluxError } from '../sys/errors';
import { Pty, type WindowSize } from '../sys/pty';
import { killIfThere, signals } from '../sys/signals';
import { wallSeconds } from '../sys/wall-clock';
import { type Answer, detachMessage, modeOf, type PtyMode, type SessionExit, type SessionResponse, winsizeOf } from './protocol';
import { TerminalOutput } from './terminal-output';

const initialSize: WindowSize = { rows: 25, cols: 80 };

interface Client {
  /** The attach request, whose responses carry the output. */
  stream: Request;
  mode: PtyMode;
}

/** The server of a session, as the session calls it. */
export interface SessionOwner {
  /** The session is over and is to be forgotten; its clients are told when the promise resolves. */
  ending(session: TerminusSession): Promise<void>;
}

/**
 * A terminal that clients attach to and detach from while a program runs on it (docs/protocol/shell.md §10). Whoever made it gives `terminal` to the
 * program and calls exited() at its end; the session then goes away, but not before a client has seen it end.
 */
export class TerminusSession {
  readonly id: number;
  readonly name: string;
  /** Seconds since the epoch. */
  readonly ctime = wallSeconds();
  /** Process that leads the session on the terminal, once it is known. */
  pid: number | undefined;
  /** Gets what the program has printed and no client has seen, at the end of a session without clients. */
  unclaimed: (data: string) => void = () => {};
  readonly #owner: SessionOwner;
  readonly #pty = new Pty(initialSize);
  /** Open as long as the session is, so that the terminal does not hang up between two users. */
  readonly #slave: number;
  readonly #output: TerminalOutput;
  readonly #clients = new Map<string, Client>();
  /** Requests that are answered by the session's end. */
  readonly #waiting: Request[] = [];
  #status: number | undefined;
  /** An exited session waits for a client to see it, unless somebody has asked for its end. */
  #dismissed = false;
  #ended: Promise<void> | undefined;
  #resolveGone: () => void = () => {};
  /** Settles when the session is over and its clients know. */
  readonly #gone = new Promise<void>((resolve) => {
    this.#resolveGone = resolve;
  });

  /** ENOSPC, EMFILE: no terminal is to be had. */
  constructor(id: number, name: string, owner: SessionOwner) {
    this.id = id;
    this.name = name;
    this.#owner = owner;
    this.#slave = fs.openSync(this.#pty.slave, fs.constants.O_RDWR | fs.constants.O_NOCTTY);
    this.#output = new TerminalOutput(this.#pty, (data) => this.#broadcast({ type: 'data', data }));
    this.#pty.stream.on('error', (e) => this.#fail(e));
  }

  /** Path of the terminal, for the program that is to run on it. */
  get terminal(): string {
    return this.#pty.slave;
  }
  get clients(): number {
    return this.#clients.size;
  }
  /** The program has ended; a client that attaches gets what it left and its status. */
  get hasExited(): boolean {
    return this.#status !== undefined;
  }

  /** Answers a request to the session's topic. */
  handle(message: ReadBy<typeof terminus.session>, request: Request): Answer {
    const { type, data } = message;
    if (type === 'attach') return this.#attach(message, request);
    const client = this.#clients.get(request.sender);
    if (!client) throw new FluxError('ENOENT');
    switch (type) {
      case 'data':
        if (typeof data !== 'string') throw new FluxError('EPROTO');
        this.#type(client, data);
        return undefined;
      case 'resize':
        this.#resize(winsizeOf(message));
        return undefined;
      case 'detach':
        this.#detach(client, { type: 'exit', message: detachMessage, status: 0 });
        return undefined;
      default:
        throw new FluxError('ENOSYS');
    }
  }

  /** Forgets a client that is gone. */
  disconnect(sender: string): void {
    if (this.#clients.delete(sender) && this.#clients.size === 0) this.#output.stop();
  }

  /** The program has ended with this raw wait status: clients get the rest of its output and the status. */
  exited(status: number): void {
    if (this.#status !== undefined) return;
    this.#status = status;
    if (this.#clients.size > 0 || this.#dismissed) void this.end();
  }

  /** Signals what runs in the foreground of the terminal, and the group of the program itself. EINVAL: no such signal. */
  signal(signum: number): void {
    const groups = new Set([this.#pty.foregroundGroup, this.pid]);
    for (const group of groups) if (group !== undefined) killIfThere(-group, signum);
  }

  /** Answers the request by the session's exit, which then needs no client to see it. */
  answerAtExit(request: Request): void {
    this.#waiting.push(request);
    this.#dismissed = true;
    if (this.hasExited) void this.end();
  }

  /** Kills the program, and ends the session with it. */
  async kill(): Promise<void> {
    this.signal(signals.SIGKILL);
    this.#dismissed = true;
    if (this.hasExited || this.pid === undefined) await this.end();
    else await this.#gone;
  }

  /** Ends the session now: clients get their exit, the terminal is closed, and what still runs on it gets SIGHUP. */
  end(): Promise<void> {
    this.#ended ??= this.#end();
    return this.#ended;
  }

  #attach(message: ReadBy<typeof terminus.session>, request: Request): Answer {
    const mode = modeOf(message);
    if (!request.streaming) throw new FluxError('EPROTO');
    if (this.#clients.has(request.sender)) throw new FluxError('EEXIST');
    if (mode === 'rw') this.#resize(winsizeOf(message));
    this.#clients.set(request.sender, { stream: request, mode });
    respond(request, { type: 'attach' });
    if (this.hasExited) void this.end();
    else this.#output.start();
    return NO_RESPONSE;
  }

  #type(client: Client, data: string): void {
    if (client.mode !== 'ro' && !this.hasExited) this.#pty.stream.write(data);
  }

  // The kernel signals only a change; a client that comes with the old size needs the screen drawn, too.
  #resize(size: WindowSize): void {
    const { rows, cols } = this.#pty.size;
    this.#pty.size = size;
    const group = this.#pty.foregroundGroup;
    if (size.rows === rows && size.cols === cols && group !== undefined) killIfThere(-group, signals.SIGWINCH);
  }

  #broadcast(response: SessionResponse): void {
    if (response.type === 'data' && this.#clients.size === 0) this.unclaimed(response.data);
    for (const { stream, mode } of this.#clients.values()) if (mode !== 'wo') respond(stream, response);
  }

  #detach(client: Client, exit: SessionExit): void {
    this.disconnect(client.stream.sender);
    respond(client.stream, exit);
    client.stream.respondError(new FluxError('ENODATA'));
  }

  async #end(): Promise<void> {
    this.#output.drain();
    this.#pty.close();
    fs.closeSync(this.#slave);
    await this.#owner.ending(this);
    const exit: SessionExit = { type: 'exit', message: 'session exiting', status: this.#status ?? 0 };
    for (const client of [...this.#clients.values()]) this.#detach(client, exit);
    for (const request of this.#waiting.splice(0)) request.respond(exit);
    this.#resolveGone();
  }

  #fail(e: unknown): void {
    for (const { stream } of this.#clients.values()) stream.respondError(toFluxError(e, 'EIO'));
    this.#clients.clear();
    void this.end();
  }
}

function respond(stream: Request, response: SessionResponse): void {
  stream.respond(response);
}
