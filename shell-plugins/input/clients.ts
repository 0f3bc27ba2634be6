import { FluxError, type JsonObject, type Shell, shellService, type Undo } from 'flux';
import { decodeIo, EventlogWriter, encodeIo, entry, errnoText } from 'flux/internal';
import { end } from '../_failure';
import { ranksOf } from './feed';
import type { InputProgress } from './progress';

/** In the leader: takes what clients send for stdin. Who sends more than there is room for is answered late. */
export class ClientInput {
  readonly #progress: InputProgress;
  readonly #writer: EventlogWriter;
  readonly #withdraw: Undo;
  readonly #service: string;
  #closed = false;
  #pressed = false;
  #relieved: (() => void)[] = [];

  constructor(shell: Shell, progress: InputProgress) {
    const { flux, host } = shell;
    this.#progress = progress;
    this.#service = shell.info.service;
    this.#writer = new EventlogWriter({
      flux,
      namespace: host.namespace,
      key: 'input',
      batchMs: 0,
      onPressure: (pressed) => this.#press(pressed),
      onError: lostInput(shell),
    });
    this.#withdraw = shell.serve(shellService.stdin, (io) => this.#take(io));
  }

  /** Takes no more: to clients it is as if the shell were gone already. Resolves when what was taken is where it belongs. */
  close(): Promise<void> {
    this.#closed = true;
    this.#progress.end();
    return this.#writer.flush();
  }

  async #take(io: object): Promise<void> {
    if (this.#closed) throw new FluxError('ENOSYS', `No service matching ${this.#service}.stdin is registered`);
    const { stream, rank, data, eof } = decodeIo(io);
    if (stream !== 'stdin' || ranksOf(rank) === undefined) throw new FluxError('EPROTO');
    this.#writer.add(entry('data', encodeIo(stream, rank, data, eof) as unknown as JsonObject));
    if (eof) this.#withdraw();
    this.#progress.took(data?.length ?? 0);
    await this.#progress.room();
    if (this.#pressed) await new Promise<void>((resolve) => this.#relieved.push(resolve));
  }

  #press(pressed: boolean): void {
    this.#pressed = pressed;
    if (!pressed) for (const resolve of this.#relieved.splice(0)) resolve();
  }
}

/** The job can't do without its input. */
export const lostInput = (shell: Shell) => (e: unknown) => end(shell, `shell_input_put_kvs: ${errnoText(e)}`);
