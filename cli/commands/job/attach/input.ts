import { once } from 'node:events';
import fs from 'node:fs';
import type { Flux } from '../../../../core/handle/flux';
import { shellService } from '../../../../core/protocol/shell';
import { encodeIo } from '../../../../core/subprocess/protocol';
import { errorText, isErrno } from '../../../../core/sys/errors';
import { type CommandContext, CommandError, failed } from '../../../command';
import type { ShellAddress } from './shell-address';

/** Requests under way: the job takes no more at a time. */
const WINDOW = 32;
/** With so many under way we are behind: lines no longer get a request each, until all are answered. */
const BEHIND = 16;
/** Bytes that a request carries then, and the longest beginning of a line that waits for its end. */
const PIECE = 2 ** 16;
/** With so many bytes read that are not sent yet, nothing more is read. */
const HIGH_WATER = 2 ** 20;

const NEWLINE = 0x0a;

/**
 * Forwards standard input to all tasks, a request for each line and one for its end (docs/protocol/job-info-list.md §7, stdin service). What the job
 * is slow to take is sent in larger pieces, and is not read before there is room for it.
 */
export class InputForwarder {
  readonly #ctx: CommandContext;
  readonly #flux: Flux;
  readonly #shell: ShellAddress;
  readonly #mayBeOver: boolean;
  readonly #onError: (e: CommandError) => void;
  /** What is to be sent next: the rest of what was read is in #read. */
  #unsent: Buffer = Buffer.alloc(0);
  #read: Buffer[] = [];
  /** Bytes of both. */
  #size = 0;
  #ended = false;
  /** The end was sent, or nothing more is to be. */
  #done = false;
  #stopped = false;
  #underWay = 0;
  #behind = false;
  #sent = false;
  #accepted = false;
  #refused: CommandError | undefined;

  /** `onError` is told if the job does not take it. `mayBeOver`: a job that has ended meanwhile need not. */
  constructor(ctx: CommandContext, flux: Flux, shell: ShellAddress, mayBeOver: boolean, onError: (e: CommandError) => void) {
    this.#ctx = ctx;
    this.#mayBeOver = mayBeOver;
    this.#flux = flux;
    this.#shell = shell;
    this.#onError = onError;
    ctx.stdin.on('data', this.#onData).on('end', this.#onEnd).on('error', this.#onStdinError).resume();
  }

  /** Reads and sends no more, and tells of no errors. */
  stop(): void {
    this.#stopped = true;
    this.#finish();
  }

  /**
   * For the end of a job: what can be read has been read and, if the job has taken nothing so far, it is clear that it never will.
   * @throws CommandError `stdin not accepted by job`
   */
  async settle(): Promise<void> {
    if (!this.#stopped && !this.#sent && !this.#ended) await this.#firstRead();
    // Answered, too, when a shell that was killed has left the others open.
    if (this.#sent && !this.#accepted && !this.#refused) await this.#send(undefined);
    if (this.#refused) throw this.#refused;
  }

  /** A file has something or ends; of anything else, what is there now is read. */
  async #firstRead(): Promise<void> {
    const { stdin } = this.#ctx;
    if (isFile(stdin)) await Promise.race([once(stdin, 'data'), once(stdin, 'end')]);
    else for (let turns = 0; turns < 2; turns++) await new Promise((resolve) => setImmediate(resolve));
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#read.push(chunk);
    this.#size += chunk.length;
    this.#pump();
  };

  readonly #onEnd = (): void => {
    this.#ended = true;
    this.#stopReading();
    this.#pump();
  };

  /** A terminal that belongs to another job of the shell: nothing can be read from it. */
  readonly #onStdinError = (): void => {
    this.#ended = true;
    this.#stopReading();
  };

  #finish(): void {
    this.#done = true;
    this.#stopReading();
  }

  #stopReading(): void {
    this.#ctx.stdin.off('data', this.#onData).off('end', this.#onEnd).off('error', this.#onStdinError).pause();
  }

  /** Sends what there is and the window has room for. */
  #pump(): void {
    if (this.#done) return;
    while (this.#underWay < WINDOW) {
      const piece = this.#next();
      if (piece === undefined) break;
      this.#sendData(piece);
    }
    if (!this.#ended) {
      if (this.#size > HIGH_WATER) this.#ctx.stdin.pause();
      else this.#ctx.stdin.resume();
    } else if (this.#size === 0) {
      this.#finish();
      void this.#send(undefined);
    }
  }

  /** The next line, or as many as go into a piece; undefined if no more is to be sent before there is more. */
  #next(): Buffer | undefined {
    if (this.#read.length > 0 && this.#unsent.length < PIECE) {
      this.#unsent = Buffer.concat([this.#unsent, ...this.#read]);
      this.#read = [];
    }
    const found = this.#behind ? this.#unsent.lastIndexOf(NEWLINE, PIECE - 1) : this.#unsent.indexOf(NEWLINE);
    const long = this.#ended ? this.#unsent.length : Math.floor(this.#unsent.length / PIECE) * PIECE;
    const length = found < 0 || found >= PIECE ? Math.min(long, PIECE) : found + 1;
    if (length === 0) return undefined;
    const piece = this.#unsent.subarray(0, length);
    this.#unsent = this.#unsent.subarray(length);
    this.#size -= length;
    return piece;
  }

  #sendData(data: Buffer): void {
    this.#sent = true;
    if (++this.#underWay >= BEHIND) this.#behind = true;
    void this.#send(data).then(() => {
      if (--this.#underWay === 0) this.#behind = false;
      this.#pump();
    });
  }

  /** Sends data, or the end. Resolves when it is answered. */
  async #send(data: Buffer | undefined): Promise<void> {
    const { service, leaderRank } = this.#shell;
    try {
      const io = { ...encodeIo('stdin', 'all', data, data === undefined) };
      await this.#flux.call(shellService.stdin.at(service), io, { nodeid: leaderRank });
      this.#accepted = true;
    } catch (e) {
      this.#failed(e);
    }
  }

  /** A job that has taken input and takes no more is like a pipe that nobody reads from any more. */
  #failed(e: unknown): void {
    this.#finish();
    const refused = isErrno(e, 'ENOSYS');
    if (this.#stopped || (refused && (!this.#sent || this.#accepted || (this.#mayBeOver && isOver(e))))) return;
    this.#refused ??= refused ? new CommandError('stdin not accepted by job') : failed('attach_send_shell', e);
    this.#onError(this.#refused);
  }
}

/** The whole service of the shell is gone, not only its method (docs/protocol/shell.md §7). */
const isOver = (e: unknown): boolean => errorText(e).startsWith('No service matching');

function isFile(stdin: object): boolean {
  try {
    return (stdin as { fd?: number }).fd === 0 && fs.fstatSync(0).isFile();
  } catch {
    return false; // it is closed
  }
}
