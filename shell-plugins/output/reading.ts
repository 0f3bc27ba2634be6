import type { Shell, Task } from 'flux';
import { streamNames } from './options';

/** Whether a shell reads what its tasks print: tasks that are faster than the log must wait for it. */
export class TaskReading {
  readonly #shell: Shell;
  #resume: (() => void) | undefined;
  #resumed: Promise<void> | undefined;

  constructor(shell: Shell) {
    this.#shell = shell;
  }

  /** Settles when it reads again; undefined while it does. */
  get resumed(): Promise<void> | undefined {
    return this.#resumed;
  }

  /** A task that is about to be started. */
  begin(task: Task): void {
    if (this.#resumed) pauseTask(task);
  }

  pause(paused: boolean): void {
    if (paused === (this.#resumed !== undefined)) return;
    if (paused) {
      this.#resumed = new Promise((resolve) => {
        this.#resume = resolve;
      });
      for (const task of this.#shell.tasks) pauseTask(task);
      return;
    }
    this.#resume?.();
    this.#resumed = undefined;
    for (const task of this.#shell.tasks) {
      for (const stream of streamNames) {
        if (this.#resumed) return; // what has waited was too much again
        task.resumeOutput(stream);
      }
    }
  }
}

function pauseTask(task: Task): void {
  for (const stream of streamNames) task.pauseOutput(stream);
}
