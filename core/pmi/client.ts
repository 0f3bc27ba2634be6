import type net from 'node:net';
import { FluxError } from '../sys/errors';
import { LineReader } from './line-reader';
import { integerOf, PmiCode, pmiText, wordOf } from './wire';

/** A PMI operation failed: `pmiCode` is its PMI-1 result, the text says it in words. */
export class PmiError extends FluxError {
  constructor(
    readonly pmiCode: number,
    options?: ErrorOptions,
  ) {
    super('EIO', pmiText(pmiCode), options);
    this.name = 'PmiError';
  }
}

/** Limits that a PMI server states, in bytes, C's NUL included. */
export interface PmiMaxes {
  kvsname: number;
  key: number;
  value: number;
}

/** A process's end of PMI-1: what the broker bootstraps with. Every operation throws {@link PmiError}. */
export interface PmiClient {
  readonly rank: number;
  readonly size: number;
  init(): Promise<void>;
  maxes(): Promise<PmiMaxes>;
  kvsname(): Promise<string>;
  universeSize(): Promise<number>;
  appnum(): Promise<number>;
  /** Fails with code 6 for a value with white space, at which the servers of Slurm and Hydra end it. */
  put(key: string, value: string): Promise<void>;
  /** Fails with code 4 if there is no such key. */
  get(key: string): Promise<string>;
  barrier(): Promise<void>;
  /** Calls the whole program off. */
  abort(exitCode: number, message?: string): void;
  finalize(): Promise<void>;
  /** Ends the connection, without a word. */
  close(): void;
}

/** {@link PmiClient} over the wire protocol: the socket is that of PMI_FD, and belongs to the client from now on. */
export class PmiWireClient implements PmiClient {
  readonly #socket: net.Socket;
  readonly #reader = new LineReader((line) => this.#answered(line));
  #kvsname = '';
  #waiting: { expect: string; resolve: (line: string) => void; reject: (e: PmiError) => void } | undefined;
  #failure: PmiError | undefined;

  constructor(
    socket: net.Socket,
    readonly rank: number,
    readonly size: number,
  ) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      try {
        this.#reader.push(chunk);
      } catch (e) {
        this.#fail(e);
      }
    });
    socket.on('error', (e) => this.#fail(e));
    socket.on('close', () => this.#fail(new FluxError('ECONNRESET')));
    socket.on('end', () => this.#fail(new FluxError('ECONNRESET')));
  }

  async init(): Promise<void> {
    await this.#ask('cmd=init pmi_version=1 pmi_subversion=1', 'response_to_init');
  }

  async maxes(): Promise<PmiMaxes> {
    const line = await this.#ask('cmd=get_maxes', 'maxes');
    return { kvsname: number(line, 'kvsname_max'), key: number(line, 'keylen_max'), value: number(line, 'vallen_max') };
  }

  async kvsname(): Promise<string> {
    const name = wordOf(await this.#ask('cmd=get_my_kvsname', 'my_kvsname'), 'kvsname');
    if (name === undefined) throw new PmiError(PmiCode.fail);
    this.#kvsname = name;
    return name;
  }

  async universeSize(): Promise<number> {
    return number(await this.#ask('cmd=get_universe_size', 'universe_size'), 'size');
  }

  async appnum(): Promise<number> {
    return number(await this.#ask('cmd=get_appnum', 'appnum'), 'appnum');
  }

  async put(key: string, value: string): Promise<void> {
    if (/\s/.test(value)) throw new PmiError(PmiCode.value);
    await this.#ask(`cmd=put kvsname=${await this.#space()} key=${checkedKey(key)} value=${value}`, 'put_result');
  }

  async get(key: string): Promise<string> {
    const value = wordOf(await this.#ask(`cmd=get kvsname=${await this.#space()} key=${checkedKey(key)}`, 'get_result'), 'value');
    if (value === undefined) throw new PmiError(PmiCode.fail);
    return value;
  }

  async barrier(): Promise<void> {
    await this.#ask('cmd=barrier_in', 'barrier_out');
  }

  abort(exitCode: number, message?: string): void {
    const text = message === undefined ? '' : ` error_msg=${message.replaceAll('\n', ' ')}`;
    this.#socket.write(`cmd=abort exitcode=${exitCode}${text}\n`);
  }

  async finalize(): Promise<void> {
    await this.#ask('cmd=finalize', 'finalize_ack');
    this.close();
  }

  close(): void {
    this.#socket.destroy();
  }

  async #space(): Promise<string> {
    return this.#kvsname || this.kvsname();
  }

  #ask(line: string, expect: string): Promise<string> {
    return new Promise((resolve, reject) => {
      if (this.#failure) throw this.#failure;
      if (this.#waiting) throw new FluxError('EBUSY', 'a PMI operation is in progress');
      this.#waiting = { expect, resolve, reject };
      this.#socket.write(`${line}\n`);
    });
  }

  #answered(line: string): void {
    const waiting = this.#waiting;
    if (!waiting) return;
    this.#waiting = undefined;
    const code = integerOf(line, 'rc') ?? PmiCode.success;
    if (wordOf(line, 'cmd') !== waiting.expect) waiting.reject(new PmiError(PmiCode.fail));
    else if (code !== PmiCode.success) waiting.reject(new PmiError(code));
    else waiting.resolve(line);
  }

  #fail(cause: unknown): void {
    this.#failure ??= new PmiError(PmiCode.fail, { cause });
    this.#waiting?.reject(this.#failure);
    this.#waiting = undefined;
  }
}

/** {@link PmiClient} of a process that nobody launched as part of a program: rank 0 of 1; every get fails. */
export class PmiSingleton implements PmiClient {
  readonly rank = 0;
  readonly size = 1;
  async init(): Promise<void> {}
  async maxes(): Promise<PmiMaxes> {
    return { kvsname: 64, key: 64, value: 1024 };
  }
  async kvsname(): Promise<string> {
    return 'singleton';
  }
  async universeSize(): Promise<number> {
    return 1;
  }
  async appnum(): Promise<number> {
    return 0;
  }
  async put(): Promise<void> {}
  async get(): Promise<string> {
    throw new PmiError(PmiCode.fail);
  }
  async barrier(): Promise<void> {}
  abort(): void {}
  async finalize(): Promise<void> {}
  close(): void {}
}

function checkedKey(key: string): string {
  if (key === '' || /\s/.test(key)) throw new PmiError(PmiCode.key);
  return key;
}

function number(line: string, key: string): number {
  const value = integerOf(line, key);
  if (value === undefined) throw new PmiError(PmiCode.fail);
  return value;
}
