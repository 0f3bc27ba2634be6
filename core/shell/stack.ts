import type { Tagged } from '../plugin/define';
import { HookDriver, PluginHandlers } from '../plugin/driver';
import { OwnedResources } from '../plugin/owned';
import type { Log } from '../plugin/types-common';
import type { ShellPluginContext, ShellPluginDefinition } from '../plugin/types-shell';
import type { Shell } from '../plugin/types-shell-objects';
import { LoggedError } from './errors';
import { JobShell } from './shell';

/** What a stack's plugin is made with. */
export interface InstantiateOptions {
  path?: string | undefined;
  conf?: object | undefined;
  log: HostLog;
}

/** What handlers are called with: (shell, args, topic), in task.* callbacks (task, shell, topic). */
export type HookArgs = [subject: unknown, detail: unknown, topic: string];

/** A plugin in a stack. */
export interface StackPlugin {
  readonly name: string;
  readonly path: string | undefined;
  readonly handlers: PluginHandlers<HookArgs>;
  /** Joins a shell's stack; throws if it can't. */
  join(shell: Shell): void;
  dispose(): void;
}

/** Where the plugins of a host log what belongs to no shell. */
export type HostLog = (plugin: string) => Log;

/** The definition of a shell plugin, its conf type erased. */
export type ShellDefinition = Tagged<ShellPluginDefinition<unknown>, 'shell'>;

/**
 * The plugin stack of a shell, or of many that are set up alike (contract/shell-initrc.md §1): in the order of loading, names are unique. A plugin
 * whose name is there already removes the old one and goes to the end.
 */
export class PluginStack {
  readonly #driver = new HookDriver<HookArgs>();
  readonly #plugins = new Map<string, StackPlugin>();

  /** `log`: where plugins log what belongs to no shell. */
  constructor(readonly log: HostLog) {}

  add(plugin: StackPlugin): void {
    this.remove(plugin.name);
    this.#plugins.set(plugin.name, plugin);
    this.#driver.add(plugin.handlers);
  }

  remove(name: string): boolean {
    const plugin = this.#plugins.get(name);
    if (!plugin) return false;
    this.#plugins.delete(name);
    this.#driver.remove(plugin.handlers);
    plugin.dispose();
    return true;
  }

  /** In call order. */
  get plugins(): readonly StackPlugin[] {
    return [...this.#plugins.values()];
  }

  get driver(): HookDriver<HookArgs> {
    return this.#driver;
  }

  dispose(): void {
    for (const name of [...this.#plugins.keys()].reverse()) this.remove(name);
  }
}

/** Makes a stack's plugin of a definition: runs its setup. Its handlers get the shell as this plugin sees it. */
export function instantiate(definition: ShellDefinition, { path, conf, log }: InstantiateOptions): StackPlugin {
  const { name } = definition;
  const handlers = new PluginHandlers<HookArgs>(name);
  const hostLog = log(name);
  const owned = new OwnedResources((where, e) => {
    if (!(e instanceof LoggedError)) hostLog.err(`${where}: ${e instanceof Error ? (e.stack ?? e.message) : String(e)}`);
  });
  const context = {
    name,
    path,
    conf: definition.config ? definition.config.parse(conf ?? {}, { name }) : (conf ?? {}),
    log: hostLog,
    signal: owned.signal,
    every: owned.every.bind(owned),
    after: owned.after.bind(owned),
    defer: owned.defer.bind(owned),
    on(topic: string, handler: (...args: HookArgs) => unknown): void {
      handlers.on(topic, (subject, detail, called) => handler(viewOf(name, subject), viewOf(name, detail), called));
    },
  };
  try {
    definition.setup(context as ShellPluginContext<unknown>);
  } catch (e) {
    void owned.dispose();
    throw e;
  }
  return { name, path, handlers, join: (shell) => definition.join?.(shell), dispose: () => void owned.dispose() };
}

function viewOf(plugin: string, subject: unknown): unknown {
  return subject instanceof JobShell ? subject.view(plugin) : subject;
}
