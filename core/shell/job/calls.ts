import type { PluginError } from '../../plugin/plugin-error';
import { ShellExit } from '../errors';
import type { ShellLog } from '../log';
import type { PluginStack } from '../stack/stack';
import type { Views } from '../stack/views';
import type { ShellTask } from '../task/task';
import type { Ending } from './ending';

interface CallsParts {
  stack: PluginStack;
  views: Views;
  log: ShellLog;
  ending: Ending;
}

/** The calls of a shell over its plugin stack. Failures are logged, and end no call; the end of the shell does. */
export class PluginCalls {
  readonly #parts: CallsParts;
  #taskCalls: Promise<unknown> = Promise.resolve();
  #currentTask: ShellTask | undefined;

  constructor(parts: CallsParts) {
    this.#parts = parts;
  }

  /** The task of the task.* call that is running. */
  get currentTask(): ShellTask | undefined {
    return this.#currentTask;
  }

  /** Calls a topic; false if a plugin failed. @throws ShellExit if the shell has to end */
  async call(topic: string, args: unknown = {}): Promise<boolean> {
    return (await this.failures(topic, args)).length === 0;
  }

  /** As call; what the plugins that failed have thrown. */
  async failures(topic: string, args: unknown = {}): Promise<unknown[]> {
    const { stack, views } = this.#parts;
    return this.#settle(topic, await stack.driver.each(topic, views, args, topic));
  }

  /** Calls a task topic. One task's call at a time, so that there is one current task. */
  callTask(topic: string, task: ShellTask): Promise<boolean> {
    const { stack, views } = this.#parts;
    const call = this.#taskCalls.then(async () => {
      this.#currentTask = task;
      try {
        return this.#settle(topic, await stack.driver.each(topic, task, views, topic)).length === 0;
      } finally {
        this.#currentTask = undefined;
      }
    });
    this.#taskCalls = call.catch(() => {});
    return call;
  }

  /** As callTask, at once: between two others. */
  callTaskSync(topic: string, task: ShellTask): boolean {
    const { stack, views } = this.#parts;
    this.#currentTask = task;
    try {
      return this.#settle(topic, stack.driver.eachSync(topic, task, views, topic)).length === 0;
    } finally {
      this.#currentTask = undefined;
    }
  }

  /** Waits until what was logged is where it belongs. */
  async flushLog(): Promise<void> {
    await this.#parts.stack.driver.each('log.flush', this.#parts.views, {}, 'log.flush');
  }

  #settle(topic: string, failures: readonly PluginError[]): unknown[] {
    const { log, ending } = this.#parts;
    for (const { cause, plugin } of failures) {
      if (cause instanceof ShellExit) continue;
      log.report(cause, plugin);
      log.error(`plugin '${plugin}': ${topic} failed`);
    }
    ending.check();
    return failures.map(({ cause }) => cause);
  }
}
