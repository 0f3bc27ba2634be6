import { FluxError } from '../sys/errors';
import { LineReader } from './line-reader';
import { PmiCode, pmiLimits, restOf, wordOf } from './wire';

/** Functions and sizes that a PMI server is given by whoever runs it: `flux start` keeps values in a map, a shell exchanges them with the other shells. */
export interface PmiServerOptions {
  /** Processes of the whole program (get_universe_size). */
  size: number;
  /** How many of them are clients of this server: a barrier is complete here when as many have entered. */
  localSize: number;
  /** Name of the key-value space; at most 63 bytes. Clients may use others, all mean the same. */
  kvsname: string;
  /** Stores a value; it must be there for the next get. */
  put(key: string, value: string): void;
  /** The value of a key; undefined: there is none. */
  get(key: string): string | undefined | Promise<string | undefined>;
  /** All local clients are in the barrier: resolves when all others are too. A rejection is told to the clients (rc=-1). */
  barrier(): Promise<void>;
  /** A client calls the whole program off. Nothing is answered. */
  abort(rank: number, exitCode: number, message: string | undefined): void;
  /** Every line as it comes (`C`) and goes (`S`), and what else is worth telling of a client, without newline. */
  trace?(rank: number, side: 'C' | 'S', line: string): void;
}

/**
 * A PMI-1 "simple" server (docs/protocol/broker.md §13, docs/protocol/shell.md §9.3), without a transport: for each client process make a {@link
 * PmiServerClient} with what writes to it, and give it what it sends.
 */
export class PmiServer {
  readonly #options: PmiServerOptions;
  #waiting: PmiServerClient[] = [];

  constructor(options: PmiServerOptions) {
    this.#options = options;
  }

  /**
   * A new client with this rank; `send` writes a line, newline included, to it. `onError` is called when it breaks the protocol (EPROTO): it
   * must not be given more after that.
   */
  client(rank: number, send: (line: string) => void, onError: (error: unknown) => void): PmiServerClient {
    const client: PmiServerClient = new PmiServerClient(rank, this.#options, { send, onError, enter: () => this.#enter(client) });
    return client;
  }

  #enter(client: PmiServerClient): void {
    this.#waiting.push(client);
    if (this.#waiting.length < this.#options.localSize) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    const leave = (code: number) => {
      for (const one of waiting) one.leaveBarrier(code);
    };
    this.#options.barrier().then(
      () => leave(PmiCode.success),
      () => leave(PmiCode.fail),
    );
  }
}

/** One client of a {@link PmiServer}. Its requests are answered in order. */
export class PmiServerClient {
  readonly #options: PmiServerOptions;
  readonly #ways: ClientWays;
  readonly #reader = new LineReader((line) => this.#take(line));
  /** Lines that came while an earlier one is not answered yet. */
  #queue: string[] | undefined;
  #spawning = false;
  #finalized = false;

  constructor(
    readonly rank: number,
    options: PmiServerOptions,
    ways: ClientWays,
  ) {
    this.#options = options;
    this.#ways = ways;
  }

  /** The client has called finalize, and not init again: the caller may end the connection, or keep it for the next program of the same task. */
  get finalized(): boolean {
    return this.#finalized;
  }

  /** Takes bytes from the client. */
  receive(data: Buffer): void {
    try {
      this.#reader.push(data);
    } catch (e) {
      this.#ways.onError(e);
    }
  }

  /** For the server: the barrier is complete. */
  leaveBarrier(code: number): void {
    this.#answer(`barrier_out rc=${code}`);
    this.#resume();
  }

  #take(line: string): void {
    if (this.#queue) this.#queue.push(line);
    else this.#run(line);
  }

  #run(line: string): void {
    this.#options.trace?.(this.rank, 'C', line);
    if (this.#spawning) {
      this.#endSpawn(line);
      return;
    }
    const cmd = wordOf(line, 'cmd');
    if (wordOf(line, 'mcmd')?.startsWith('spawn')) {
      this.#spawning = true;
      return;
    }
    // commands are told apart by their beginnings, in this order (docs/protocol/shell.md §9.3)
    const command = cmd === undefined ? undefined : commands.find(([name]) => cmd.startsWith(name));
    if (!command) throw new FluxError('EPROTO');
    command[1](this.#session, line);
  }

  /** The server's functions that commands of the protocol use. */
  readonly #session: Session = {
    answer: (text) => this.#answer(text),
    options: () => this.#options,
    lookup: (key) => this.#lookup(key),
    enterBarrier: () => {
      this.#queue = [];
      this.#ways.enter();
    },
    abort: (exitCode, message) => this.#options.abort(this.rank, exitCode, message),
    begin: () => {
      this.#finalized = false;
    },
    finalize: () => {
      this.#answer('finalize_ack rc=0');
      this.#finalized = true;
    },
  };

  #lookup(key: string): void {
    const found = this.#options.get(key);
    const tell = (value: string | undefined) =>
      this.#answer(value === undefined ? `get_result rc=${PmiCode.key}` : `get_result rc=0 value=${value}`);
    if (!(found instanceof Promise)) {
      tell(found);
      return;
    }
    this.#queue = [];
    found.then(tell, () => this.#answer(`get_result rc=${PmiCode.fail}`)).then(() => this.#resume());
  }

  #resume(): void {
    const lines = this.#queue ?? [];
    this.#queue = undefined;
    try {
      for (const line of lines) this.#take(line);
    } catch (e) {
      this.#ways.onError(e);
    }
  }

  #endSpawn(line: string): void {
    if (!line.startsWith('endcmd')) return;
    this.#spawning = false;
    this.#answer('spawn_result rc=-1');
  }

  #answer(text: string): void {
    const line = `cmd=${text}`;
    this.#options.trace?.(this.rank, 'S', line);
    this.#ways.send(`${line}\n`);
  }
}

/** The ways out of a client. */
interface ClientWays {
  send(line: string): void;
  onError(error: unknown): void;
  /** The client has entered the barrier. */
  enter(): void;
}

interface Session {
  answer(text: string): void;
  options(): PmiServerOptions;
  lookup(key: string): void;
  enterBarrier(): void;
  abort(exitCode: number, message: string | undefined): void;
  begin(): void;
  finalize(): void;
}

type Command = (session: Session, line: string) => void;

const notImplemented =
  (result: string): Command =>
  (session) =>
    session.answer(`${result} rc=-1 msg=command not implemented`);

const commands: readonly (readonly [string, Command])[] = [
  ['init', init],
  ['get_maxes', (s) => s.answer(`maxes rc=0 kvsname_max=${pmiLimits.kvsname} keylen_max=${pmiLimits.key} vallen_max=${pmiLimits.value}`)],
  ['abort', abort],
  ['finalize', (s) => s.finalize()],
  ['get_universe_size', (s) => s.answer(`universe_size rc=0 size=${s.options().size}`)],
  ['get_appnum', (s) => s.answer('appnum rc=0 appnum=0')],
  ['get_my_kvsname', (s) => s.answer(`my_kvsname rc=0 kvsname=${s.options().kvsname}`)],
  ['put', put],
  ['get', get],
  ['barrier_in', (s) => s.enterBarrier()],
  ['publish_name', notImplemented('publish_result')],
  ['unpublish_name', notImplemented('unpublish_result')],
  ['lookup_name', notImplemented('lookup_result')],
];

function init(session: Session, line: string): void {
  const version = numberOf(line, 'pmi_version');
  const subversion = numberOf(line, 'pmi_subversion');
  const supported = version === 1 && subversion >= 1;
  if (supported) session.begin();
  session.answer(supported ? 'response_to_init rc=0 pmi_version=1 pmi_subversion=1' : 'response_to_init rc=-1');
}

function abort(session: Session, line: string): void {
  const code = wordOf(line, 'exitcode') ?? wordOf(line, 'exit_code');
  session.abort(code === undefined || !/^-?\d+$/.test(code) ? 0 : Number(code), restOf(line, 'error_msg'));
}

function put(session: Session, line: string): void {
  const kvsname = required(wordOf(line, 'kvsname'));
  const key = required(wordOf(line, 'key'));
  const value = required(restOf(line, 'value'));
  const code = keyProblem(kvsname, key) ?? (tooLong(value, pmiLimits.value) ? PmiCode.valueLength : PmiCode.success);
  if (code === PmiCode.success) session.options().put(key, value);
  session.answer(`put_result rc=${code}`);
}

function get(session: Session, line: string): void {
  const kvsname = required(wordOf(line, 'kvsname'));
  const key = required(wordOf(line, 'key'));
  const code = keyProblem(kvsname, key);
  if (code === undefined) session.lookup(key);
  else session.answer(`get_result rc=${code}`);
}

function keyProblem(kvsname: string, key: string): number | undefined {
  if (tooLong(kvsname, pmiLimits.kvsname)) return PmiCode.length;
  return tooLong(key, pmiLimits.key) ? PmiCode.keyLength : undefined;
}

const tooLong = (text: string, limit: number): boolean => Buffer.byteLength(text) >= limit;

function required(word: string | undefined): string {
  if (word === undefined) throw new FluxError('EPROTO');
  return word;
}

function numberOf(line: string, key: string): number {
  const word = required(wordOf(line, key));
  if (!/^-?\d+$/.test(word)) throw new FluxError('EPROTO');
  return Number(word);
}
