import fs from 'node:fs';
import path from 'node:path';
import { LogLevel } from '../handle/log-entry';
import { type ErrnoCode, errorText, FluxError, isErrno, toFluxError } from '../sys/errors';
import type { Parts } from './parts';
import type { Command, CommandResult } from './run-command';

/** Limits a step to some brokers or circumstances; all that are given must hold. */
interface Condition {
  /** Only on this rank. */
  rank?: number;
  /** Only if the environment variable has another value. */
  unlessEnv?: Record<string, string>;
  /** Only if nobody offers this service yet. */
  unlessService?: string;
}

/** Loads or removes a module: the one an environment variable or an attribute names, else `load` or `remove`. `none` names no module. */
interface ModuleStep extends Condition {
  load?: string;
  remove?: string;
  args?: readonly string[];
  env?: string;
  attribute?: string;
}

/** Sends a request; errors named in `ignore` don't count. */
interface RequestStep extends Condition {
  request: string;
  payload?: Record<string, unknown>;
  ignore?: readonly ErrnoCode[];
  /** Done again and again while this request waits for its answer, every so many seconds. */
  meanwhile?: RequestStep & { seconds: number };
}

/** Adds to the list of things to do at cleanup: they are done in this order, before what is there already. */
interface CleanupStep extends Condition {
  cleanup: readonly { label: string; steps: readonly RcStep[] }[];
}

/** Runs every file of a folder, below the script's own folder and below each folder of FLUX_RC_EXTRA, in sorted order. */
interface DirectoryStep extends Condition {
  directory: string;
}

/** Runs a command on every regular file, as its standard input, of the folder that an attribute names; without the attribute nothing. */
interface FilesStep extends Condition {
  /** Name of the attribute. */
  files: string;
  command: string;
  /** Said, with the file, when the command fails. */
  failure: string;
}

/** One thing that a script does, and the conditions under which it does it. */
export type RcStep = ModuleStep | RequestStep | CleanupStep | DirectoryStep | FilesStep;

/** A run level as data: stages one after the other; the steps of a stage at the same time. */
export type RcScript = readonly (readonly RcStep[])[];

/** Parts of the broker that scripts work with. */
export type ScriptParts = Parts<'rank' | 'attributes' | 'services' | 'modules' | 'flux' | 'runat' | 'programs'>;

/** A run level script, as a command that the broker runs itself. `folder`: where it lies, with the folders that it names. */
export function scriptCommand(label: string, { script, folder }: { script: RcScript; folder: string }, parts: ScriptParts): Command {
  return {
    label,
    start: (onLine) => {
      const run = new ScriptRun(parts, folder, onLine);
      return { done: run.run(script), abort: (signal) => run.abort(signal) };
    },
  };
}

class ScriptRun {
  readonly #parts: ScriptParts;
  readonly #folder: string;
  readonly #onLine: (level: LogLevel, line: string) => void;
  readonly #abort = new AbortController();

  constructor(parts: ScriptParts, folder: string, onLine: (level: LogLevel, line: string) => void) {
    this.#parts = parts;
    this.#folder = folder;
    this.#onLine = onLine;
  }

  abort(signal: number): void {
    this.#abort.abort(signal);
  }

  /** As `bash -e`: the first stage with a failure is the last. */
  async run(script: RcScript): Promise<CommandResult> {
    const aborted = new Promise<never>((_, reject) => {
      this.#abort.signal.addEventListener('abort', () => reject(new FluxError('ECANCELED')), { once: true });
    });
    aborted.catch(() => {}); // nobody may be waiting when it comes
    try {
      for (const stage of script) await Promise.race([aborted, Promise.all(stage.map((step) => this.#step(step)))]);
      return { rc: 0, what: 'Exited' };
    } catch (e) {
      if (this.#abort.signal.aborted) return { rc: 128 + Number(this.#abort.signal.reason), what: 'Terminated' };
      this.#report(e);
      return { rc: 1, what: 'Exited' };
    }
  }

  async #step(step: RcStep): Promise<void> {
    if (!this.#applies(step)) return;
    if ('request' in step) await this.#request(step);
    else if ('cleanup' in step) this.#pushCleanup(step);
    else if ('directory' in step) await this.#runFolder(step.directory);
    else if ('files' in step) await this.#feedFiles(step);
    else if (step.remove !== undefined) await this.#remove(step);
    else await this.#load(step);
  }

  #applies({ rank, unlessEnv, unlessService }: Condition): boolean {
    const { services, programs } = this.#parts;
    if (rank !== undefined && rank !== this.#parts.rank) return false;
    if (unlessService !== undefined && services.has(unlessService)) return false;
    return Object.entries(unlessEnv ?? {}).every(([name, value]) => programs.env[name] !== value);
  }

  async #load(step: ModuleStep): Promise<void> {
    const name = this.#nameOf(step, step.load!);
    if (name === 'none') return;
    const { modules } = this.#parts;
    let missing: string | undefined = 'not found in module search path';
    try {
      const source = modules.read(name);
      missing = undefined; // an ENOENT from now on is the module's own
      await modules.start(source, step.args ?? []);
    } catch (e) {
      const error = toFluxError(e);
      const text = isErrno(e, 'ENOENT') && !error.text ? (missing ?? error.message) : error.message;
      throw new FluxError(error.code, `${name}: ${text}`);
    }
  }

  /** Absent modules are fine. */
  async #remove(step: ModuleStep): Promise<void> {
    const name = this.#nameOf(step, step.remove!);
    if (this.#parts.modules.has(name)) await this.#parts.modules.remove(name);
  }

  #nameOf({ env, attribute }: ModuleStep, fallback: string): string {
    const fromEnv = env === undefined ? undefined : this.#parts.programs.env[env];
    const fromAttribute = attribute === undefined ? undefined : this.#parts.attributes.value(attribute);
    return fromEnv || fromAttribute || fallback;
  }

  async #request({ request, payload, ignore = [], meanwhile }: RequestStep): Promise<void> {
    const timer = meanwhile && setInterval(() => void this.#request(meanwhile).catch(this.#report), meanwhile.seconds * 1000);
    try {
      await this.#parts.flux.rpc(request, payload && { ...payload });
    } catch (e) {
      if (!ignore.some((code) => isErrno(e, code))) throw e;
    } finally {
      clearInterval(timer);
    }
  }

  readonly #report = (e: unknown): void => this.#onLine(LogLevel.err, errorText(e));

  #pushCleanup({ cleanup }: CleanupStep): void {
    for (const { label, steps } of [...cleanup].reverse()) {
      this.#parts.runat.push(
        'cleanup',
        scriptCommand(
          `${this.#parts.programs.shell} -c ${label}`,
          { script: steps.map((step) => [step]), folder: this.#folder },
          this.#parts,
        ),
      );
    }
  }

  async #runFolder(name: string): Promise<void> {
    const extra = (this.#parts.programs.env['FLUX_RC_EXTRA'] ?? '').split(':').filter(Boolean);
    for (const folder of [this.#folder, ...extra]) for (const file of filesOf(path.join(folder, name))) await this.#runFile(file);
  }

  async #runFile(file: string): Promise<void> {
    this.#onLine(LogLevel.info, `running ${file}`);
    const { rc, reason } = await this.#program(this.#parts.programs.command([file]));
    if (rc !== 0) throw new FluxError('EIO', reason ?? `${file}: exited with rc=${rc}`);
  }

  async #feedFiles({ files, command, failure }: FilesStep): Promise<void> {
    const folder = this.#parts.attributes.value(files);
    if (!folder || !isDirectory(folder)) return;
    for (const file of filesOf(folder)) {
      if (!fs.statSync(file).isFile()) continue;
      const { rc } = await this.#program(this.#parts.programs.shellCommand(`${command} <'${file.replaceAll("'", `'\\''`)}'`));
      if (rc !== 0) throw new FluxError('EIO', `${failure}: ${file}`);
    }
  }

  /** Runs it to its end. */
  async #program(command: Command): Promise<CommandResult> {
    const running = command.start(this.#onLine);
    this.#abort.signal.addEventListener('abort', () => running.abort(Number(this.#abort.signal.reason)), { once: true });
    return running.done;
  }
}

const isDirectory = (name: string): boolean => fs.statSync(name, { throwIfNoEntry: false })?.isDirectory() ?? false;

function filesOf(folder: string): string[] {
  try {
    return fs
      .readdirSync(folder)
      .sort()
      .map((name) => path.join(folder, name));
  } catch (e) {
    if (isErrno(e, 'ENOENT')) return [];
    throw toFluxError(e);
  }
}
