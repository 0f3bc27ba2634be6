import { LogLevel } from '../handle/log-entry';
import type { Command, RunningCommand } from './run-command';

/** Result of a list: the first exit code that is not 0, else 0. */
export type ListResult = number;

/** Lists of commands that are run at points of a broker's life: rc1, rc2, cleanup, rc3 (docs/protocol/broker.md §9). */
export class RunAt {
  readonly #lists = new Map<string, Command[]>();
  readonly #log: (level: LogLevel, text: string) => void;
  #running: { command: RunningCommand; list: string } | undefined;
  #aborted = false;

  constructor(log: (level: LogLevel, text: string) => void) {
    this.#log = log;
  }

  has(list: string): boolean {
    return (this.#lists.get(list)?.length ?? 0) > 0;
  }

  append(list: string, command: Command): void {
    this.#lists.set(list, [...(this.#lists.get(list) ?? []), command]);
  }

  /** Puts a command before those that are there. */
  push(list: string, command: Command): void {
    this.#lists.set(list, [command, ...(this.#lists.get(list) ?? [])]);
  }

  /** Runs a list's commands one after the other, all of them whatever they return; empties the list. */
  async run(list: string): Promise<ListResult> {
    this.#aborted = false;
    let result = 0;
    for (let n = 0; this.has(list) && !this.#aborted; n++) {
      const [command, ...rest] = this.#lists.get(list)!;
      this.#lists.set(list, rest);
      const rc = await this.#runOne(list, n, command!);
      if (result === 0) result = rc;
    }
    this.#lists.delete(list);
    return result;
  }

  /** Signals the command that runs and drops the rest of its list. */
  abort(signal: number): void {
    if (!this.#running) return;
    this.#aborted = true;
    this.#running.command.abort(signal);
  }

  async #runOne(list: string, n: number, command: Command): Promise<number> {
    const started = performance.now();
    const running = command.start((level, line) => this.#log(level, `${list}.${n}: ${line}`));
    this.#running = { command: running, list };
    const { rc, what, reason } = await running.done;
    this.#running = undefined;
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    if (reason !== undefined) this.#log(LogLevel.info, `${list}.${n}: ${reason}`); // the error is one line (docs/protocol/broker.md §9)
    this.#log(rc === 0 ? 6 : 3, `${list}.${n}: ${command.label} ${what} (rc=${rc}) ${seconds}s`);
    return rc;
  }
}
