import type { ShellLog } from '../log';
import type { Ending } from './ending';

/** Work that was begun in shell.init, and belongs to it: the shell is initialized when it is done. */
export class Initialization {
  readonly #log: ShellLog;
  readonly #ending: Ending;
  readonly #begun: Promise<unknown>[] = [];

  constructor(log: ShellLog, ending: Ending) {
    this.#log = log;
    this.#ending = ending;
  }

  /** The shell is initialized when this has worked out, too. */
  add(promise: Promise<unknown>): void {
    this.#begun.push(promise);
    promise.catch(() => {}); // it is looked at later
  }

  /** Resolves when all of it is done, with the errors of what has failed, which are logged. @throws ShellExit if the shell has to end */
  async settle(): Promise<unknown[]> {
    const results = await Promise.allSettled(this.#begun.splice(0));
    const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    for (const e of failures) this.#log.report(e);
    this.#ending.check();
    return failures;
  }
}
