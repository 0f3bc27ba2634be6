import type { TaskExec } from '../../plugin/types/shell-objects';
import { errorText, toFluxError } from '../../sys/errors';
import type { ShellLog } from '../log';
import type { TaskGroup } from './group';
import { ShellTask } from './task';

/** The tasks of a shell so far, by local id. */
export class Tasks {
  readonly list: ShellTask[] = [];
  /** Process attributes that tasks made from now on begin with. */
  readonly exec: TaskExec = {};
  readonly #log: ShellLog;
  readonly #group: TaskGroup | undefined;

  /** `group`: where they run; default: this process's. */
  constructor(log: ShellLog, group?: TaskGroup) {
    this.#log = log;
    this.#group = group;
  }

  add(task: { localid: number; rank: number; argv: readonly string[]; env: Record<string, string> }): ShellTask {
    const log = this.#log;
    const made = new ShellTask({
      ...task,
      exec: this.exec,
      group: this.#group,
      guard: (handler) => log.guard(handler),
      onError: (e) => log.report(e),
    });
    this.list.push(made);
    return made;
  }

  /** Signals every running task. */
  killall(signum: number): void {
    for (const task of this.list) {
      if (!task.running) continue;
      try {
        task.kill(signum);
      } catch (e) {
        if (toFluxError(e).code !== 'ESRCH') this.#log.error(`kill ${task.pid}: ${errorText(e)}`);
      }
    }
  }

  dispose(): void {
    for (const task of this.list) task.dispose();
  }
}
