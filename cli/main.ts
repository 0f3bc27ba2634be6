import path from 'node:path';
import { FluxError } from '../core/sys/errors';
import { ScanError, scan } from '../core/sys/getopt';
import { CommandExit } from './args/exit';
import { suggestion } from './args/suggest';
import { optionList, usageWidth } from './args/usage';
import type { Command, CommandEntry } from './command';
import { applyEnvironment, commandEnvironment } from './front/environment';
import { accessible, builtins, candidates, programNames } from './front/find';
import { frontHelp, frontOptions, listedCommands } from './front/help-list';
import { type Install, installAt } from './install';
import { FdOutput } from './output';
import { execProgram, type Host, processContext } from './process-context';

/** How the front end reaches the bundles of its installation (dist/run.js). */
export interface Loader {
  /** The built folder. */
  dist: string;
  /** The exports of a bundle, named from `dist` without its ending; undefined if there is none. */
  load(bundle: string): unknown;
}

const stdout = new FdOutput(1);
const stderr = new FdOutput(2);

/** The `flux` front end (flux(1), docs/protocol/cli.md §2): returns the exit status, unless the process was replaced by a program. */
export async function flux(argv: string[], loader: Loader): Promise<number> {
  const front = new Front(loader, process.env);
  return report(() => front.run(argv));
}

/** `flux-NAME`: one of our own commands started as a program, with the environment as it is. */
export async function program(name: string, argv: string[], loader: Loader): Promise<number> {
  return report(async () => (await new Front(loader, process.env).runOwn(name, argv)) ?? fail(`flux-${name}: no such command`));
}

async function report(run: () => Promise<number>): Promise<number> {
  try {
    return await run();
  } catch (e) {
    if (!(e instanceof CommandExit)) throw e;
    stdout.write(e.stdout);
    stderr.write(e.stderr);
    return e.status;
  }
}

class Front implements Host {
  readonly #loader: Loader;
  readonly #install: Install;
  readonly #env: NodeJS.ProcessEnv;
  /** What the front end has set in the environment. */
  frontEnv: Record<string, string | undefined> = {};
  #verbose = false;

  constructor(loader: Loader, env: NodeJS.ProcessEnv) {
    this.#loader = loader;
    this.#install = installAt(loader.dist);
    this.#env = env;
  }

  async run(argv: string[]): Promise<number> {
    const { words, version, parents } = this.#options(argv);
    this.frontEnv = commandEnvironment(this.#env, this.#install);
    applyEnvironment(this.#env, this.frontEnv);
    for (let i = 0; i < parents; i++) {
      const { parentEnvironment } = await import('./front/parent.js');
      const changed = await parentEnvironment(this.#env);
      applyEnvironment(this.#env, changed);
      Object.assign(this.frontEnv, changed);
    }
    if (this.#verbose) stdout.write(environmentLines(this.frontEnv));
    const [name, ...args] = version ? ['version'] : words;
    if (name === undefined) throw new CommandExit(1, { stderr: this.help() });
    return this.#dispatch(name, args);
  }

  /** A command of this installation in this process; undefined if there is none of that name. */
  async runOwn(name: string, argv: string[]): Promise<number | undefined> {
    const command = this.loadCommand(name);
    if (command) return command.execute(processContext(command, argv, this));
    return this.#program(name)?.(argv);
  }

  ownProgram(file: string): ((argv: string[]) => Promise<number>) | undefined {
    const { dir, base } = path.parse(file);
    return dir === this.#install.libexec && base.startsWith('flux-') ? this.#program(base.slice('flux-'.length)) : undefined;
  }

  /** A bundle of its own that is no command: the broker, the shell. */
  #program(name: string): ((argv: string[]) => Promise<number>) | undefined {
    const bundle = this.#loader.load(name) as { main?(argv: string[]): Promise<number | undefined> } | undefined;
    if (!bundle?.main) return undefined;
    const { main } = bundle;
    return async (argv) => (await main(argv)) ?? 0;
  }

  loadCommand(name: string): Command | undefined {
    if (!/^[\w-]+$/.test(name)) return undefined;
    return (this.#loader.load(path.join('cli', name)) as { default?: Command } | undefined)?.default;
  }

  /** The text of `flux --help`. */
  help(): string {
    return frontHelp(this.#env, this.#install.dist, optionList(frontOptions.slice(1), 25, usageWidth(this.#env)));
  }

  commands(): CommandEntry[] {
    const listed = listedCommands(this.#env, this.#install.dist).map(({ command, description }) => ({
      name: command,
      summary: description,
    }));
    return [...listed, ...this.#programs().map((name) => ({ name, summary: '' }))];
  }

  #programs(): string[] {
    return programNames(this.#env['FLUX_EXEC_PATH'] ?? '', this.#install);
  }

  #options(argv: string[]): { words: string[]; version: boolean; parents: number } {
    const found = { words: argv, version: false, parents: 0 };
    try {
      const scanner = scan(frontOptions, argv);
      for (let step = scanner.next(); ; step = scanner.next()) {
        if (step.done) return { ...found, words: step.value };
        const { name } = step.value.spec;
        if (name === 'help') throw new CommandExit(0, { stderr: this.help() });
        if (name === 'verbose') this.#verbose = true;
        if (name === 'version') found.version = true;
        if (name === 'parent') found.parents++;
      }
    } catch (e) {
      if (!(e instanceof ScanError)) throw e;
      const { problem } = e;
      const typed =
        'spec' in problem ? `-${problem.spec.key}` : problem.kind === 'unknown' && !problem.long ? `-${problem.typed}` : problem.typed;
      const meant = suggestion(
        problem.kind === 'unknown' && problem.long ? problem.typed : '',
        frontOptions.map(({ name }) => `--${name}`),
      );
      return fail(`flux: unrecognized option '${typed}'\nTry \`flux --help' for more information.${meant ? `\n${meant}` : ''}`);
    }
  }

  async #dispatch(name: string, argv: string[]): Promise<number> {
    if (builtins.has(name)) return (await this.runOwn(name, argv)) ?? this.#unknown(name);
    if (name.includes('/')) return exec(name, [name, ...argv]);
    const search = this.#env['FLUX_EXEC_PATH'] ?? '';
    if (this.#verbose) stdout.write(`sub-command search path: ${search}\n`);
    for (const candidate of candidates(name, search, argv, this.#install)) {
      if (candidate.kind === 'own') {
        this.#trying(path.join(this.#install.libexec, `flux-${name}`));
        const status = await this.runOwn(name, argv);
        if (status !== undefined) return status;
        continue;
      }
      const { file, argv: words } = candidate;
      this.#trying(file === 'python3' ? `${file} ${words[1]}` : file);
      if (file !== 'python3' && !accessible(file, 1)) continue;
      try {
        return await execProgram(file, words);
      } catch (e) {
        if (!(e instanceof FluxError)) throw e;
      }
    }
    return this.#unknown(name);
  }

  /** The name is no command's: says so, and which one was probably meant. */
  #unknown(name: string): never {
    const own = listedCommands({}, this.#install.dist).map(({ command }) => command);
    const meant = suggestion(name, [...own, ...this.#programs()]);
    return fail(`flux: \`${name}' is not a flux command.  See 'flux --help'${meant ? `\n${meant}` : ''}`);
  }

  #trying(what: string): void {
    if (this.#verbose) stderr.write(`flux: trying to exec ${what}\n`);
  }
}

async function exec(file: string, argv: string[]): Promise<number> {
  try {
    return await execProgram(file, argv);
  } catch (e) {
    if (e instanceof FluxError) return fail(`flux: ${file}: ${e.message}`);
    throw e;
  }
}

function environmentLines(built: Record<string, string | undefined>): string {
  return Object.entries(built)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

function fail(text: string): never {
  throw new CommandExit(1, { stderr: `${text}\n` });
}
