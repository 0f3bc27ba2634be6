import { PluginHandlers } from '../../../plugin/driver';
import type { ShellLogLevel } from '../../../plugin/types/shell-objects';
import { errorText, FluxError } from '../../../sys/errors';
import { getLimit, type Resource, resourceNames } from '../../../sys/rlimit';
import { LoggedError } from '../../errors';
import type { LearnedShell } from '../../job/learned';
import type { JobShell } from '../../job/shell';
import type { PluginLoader } from '../../stack/plugin-loader';
import type { HookArgs } from '../../stack/stack';
import type { ShellTask } from '../../task/task';
import { type HostFunction, LuaError, type LuaState } from './state';
import { LuaFloat, type LuaFunction, unexpectedType } from './values';

/** Functions that the prelude calls: the shell as Lua sees it. `currentFile` is the rc file being run. */
export function shellFunctions(
  learned: LearnedShell,
  plugins: PluginLoader,
  state: LuaState,
  currentFile: () => string,
): Record<string, HostFunction> {
  const { shell } = learned;
  return {
    ...infoFunctions(shell),
    ...optionFunctions(learned),
    ...environmentFunctions(shell),
    ...logFunctions(shell),
    ...pluginFunctions(shell, plugins, state, currentFile),
    ...taskFunctions(shell),
    ...instanceFunctions(learned),
  };
}

type Functions = Record<string, HostFunction>;

/** nil and the text of an error, as Lua functions report it. */
export function attempt(action: () => unknown): unknown[] {
  try {
    return [action()];
  } catch (e) {
    return [undefined, errorText(e)];
  }
}

function infoFunctions(shell: JobShell): Functions {
  const view = shell.views.of('lua');
  return {
    info: () => attempt(() => view.info),
    rankinfo: (rank) => attempt(() => view.rankInfo(rank === undefined ? -1 : Number(rank))),
    verbose: () => [shell.host.verbose > 0],
    setverbose: (value) => {
      if (typeof value !== 'number' && typeof value !== 'boolean') return [false];
      shell.host.beVerbose(Number(value));
      return [true];
    },
  };
}

function optionFunctions(learned: LearnedShell): Functions {
  return {
    getopt: (name) => [learned.getopt(String(name))],
    setopt: (name, value) => {
      const type = unexpectedType(value);
      if (type !== undefined) return [`Unexpected Lua type ${type}`];
      if (value !== undefined || learned.getopt(String(name)) !== undefined) learned.setopt(String(name), value);
      return [];
    },
  };
}

function environmentFunctions(shell: JobShell): Functions {
  const view = shell.views.of('lua');
  return {
    getenv: (name) => [view.getenv(String(name))],
    environ: () => [view.environ()],
    setenv: (name, value, overwrite) => {
      view.setenv(String(name), String(value), { overwrite: overwrite === true });
      return [];
    },
    unsetenv: (name) => {
      if (typeof name !== 'string' || view.getenv(name) === undefined) return [undefined, 'Invalid argument'];
      view.unsetenv(name);
      return [new LuaFloat(0)];
    },
  };
}

function logFunctions(shell: JobShell): Functions {
  const source = (file: unknown, line: unknown) =>
    typeof file === 'string' && typeof line === 'number' && Number.isInteger(line) ? { file, line } : {};
  return {
    log: (level, message, file, line) => {
      shell.log.say(Number(level) as ShellLogLevel, String(message), source(file, line));
      return [];
    },
    die: (message, file, line) => shell.die(String(message), 1, source(file, line)),
  };
}

function pluginFunctions(shell: JobShell, plugins: PluginLoader, state: LuaState, currentFile: () => string): Functions {
  return {
    searchpath: () => [plugins.path],
    setsearchpath: (value) => {
      plugins.searchIn(String(value));
      return [];
    },
    pluginload: (pattern, conf) => {
      try {
        plugins.load(String(pattern), (conf as object | undefined) ?? {});
        return [];
      } catch (e) {
        return [errorText(e)];
      }
    },
    pluginregister: (name, topics, functions) => {
      const entries = (topics as string[]).map((topic, i) => ({ topic, fn: (functions as LuaFunction[])[i]! }));
      addLuaPlugin(shell, state, typeof name === 'string' ? name : currentFile(), entries);
      return [];
    },
  };
}

/** Handlers in Lua: they get the topic, and fail by an error, or by a first result of false or nil. */
function addLuaPlugin(shell: JobShell, state: LuaState, name: string, entries: readonly { topic: string; fn: LuaFunction }[]): void {
  const handlers = new PluginHandlers<HookArgs>(name);
  const judge = (results: unknown[]) => {
    if (results.length > 0 && (results[0] === false || results[0] === undefined)) throw new LoggedError(`${name} returned false`);
  };
  const failed = (e: unknown): never => {
    shell.ending.check();
    if (!(e instanceof LuaError)) throw e;
    shell.log.error(`lua plugin ${name}: ${e.message}`);
    throw new LoggedError(e.message);
  };
  for (const { topic, fn } of entries) {
    handlers.on(topic, (_subject, _detail, called) => {
      if (synchronous.has(called)) {
        try {
          return judge(state.callSync(fn, called));
        } catch (e) {
          return failed(e);
        }
      }
      return state.call(fn, called).then(judge).catch(failed);
    });
  }
  shell.stack.add({ name, path: undefined, files: [], handlers, options: [], join: () => {}, dispose: () => {} });
}

const synchronous: ReadonlySet<string> = new Set(['shell.log', 'shell.log-setlevel', 'task.exec']);

function taskFunctions(shell: JobShell): Functions {
  const task = (): ShellTask => {
    const { currentTask } = shell.calls;
    if (!currentTask) throw new FluxError('EINVAL', 'attempt to access task outside of task context');
    return currentTask;
  };
  return {
    intask: () => [shell.calls.currentTask !== undefined],
    taskinfo: () => [task().info],
    taskgetenv: (name) => [Object.hasOwn(task().env, String(name)) ? task().env[String(name)] : undefined],
    tasksetenv: (name, value, overwrite) => {
      if (overwrite === true || !Object.hasOwn(task().env, String(name))) task().env[String(name)] = String(value);
      return [];
    },
    taskunsetenv: (name) => {
      delete task().env[String(name)];
      return [];
    },
  };
}

/** The module `flux`, as far as rc files use it. */
function instanceFunctions({ shell, flux }: LearnedShell): Functions {
  return {
    noinstance: () => (shell.options.standalone ? ['No such file or directory'] : []),
    getattr: async (name) => {
      try {
        return [await flux.getattr(String(name))];
      } catch (e) {
        return [undefined, errorText(e)];
      }
    },
  };
}

/** The module `posix`, as far as rc files use it: limits are those of the task at hand or, outside of task callbacks, of all to come. */
export function limitFunctions(shell: JobShell): Functions {
  const known = (name: unknown): name is Resource => resourceNames.includes(name as Resource);
  return {
    setrlimit: (name, soft, hard) => {
      if (!known(name)) return [undefined, 'Invalid argument'];
      const exec = shell.calls.currentTask?.exec ?? shell.tasks.exec;
      const limit = { ...(typeof soft === 'number' ? { soft } : {}), ...(typeof hard === 'number' ? { hard } : {}) };
      exec.rlimits = { ...exec.rlimits, [name]: { ...exec.rlimits?.[name], ...limit } };
      return [0];
    },
    getrlimit: (name) => {
      if (!known(name)) return [undefined, 'Invalid argument'];
      const { soft, hard } = getLimit(name);
      return [soft, hard];
    },
  };
}
