import { errorText, type Shell, shellService } from 'flux';

/** Bytes between what was taken for the job and what its fastest task has got: beyond, no more is taken. */
const HIGH_WATER = 8 * 2 ** 20;
/** A follower tells each time that its fastest task has got so many bytes more. */
const STEP = 2 ** 20;

/** Told how many bytes of the job's stdin, counted from its beginning, the fastest task of a shell has got. */
export type Report = (consumed: number) => void;

/** In the leader: how far the tasks of all shells are behind what was taken. A task that reads nothing stops none that reads. */
export class InputProgress {
  #taken = 0;
  #consumed = 0;
  #ended = false;
  #waiting: (() => void)[] = [];

  constructor(shell: Shell) {
    if (shell.info.size === 1) return;
    shell.serve(shellService.inputProgress, ({ consumed }) => this.ofThisShell(consumed));
  }

  /** As much more was taken. */
  took(bytes: number): void {
    this.#taken += bytes;
  }

  /** Resolves when there is room for more, or none is wanted. */
  async room(): Promise<void> {
    while (!this.#ended && this.#taken - this.#consumed > HIGH_WATER) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  readonly ofThisShell: Report = (consumed) => {
    if (consumed <= this.#consumed) return;
    this.#consumed = consumed;
    this.#wake();
  };

  /** Nobody waits any more. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** In a follower: tells the leader, now and then. */
export function tellLeader(shell: Shell): Report {
  let told = 0;
  return (consumed) => {
    if (consumed - told < STEP) return;
    told = consumed;
    shell
      .rpc(shellService.inputProgress, 0, { consumed }, { noResponse: true })
      .catch((e: unknown) => shell.debug(`input-progress: ${errorText(e)}`));
  };
}
