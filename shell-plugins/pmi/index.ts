import { defineShellPlugin, errorText, type Shell, signals, type Task } from 'flux';
import { f58, PmiServer, type PmiServerClient } from 'flux/internal';
import { type PmiKvs, TreeExchange, type Values } from './exchange';
import { processMapping } from './mapping';
import { NativeKvs } from './native';
import { type PmiOptions, pmiOptions } from './options';

const key = 'builtin::pmi';
const channel = 'PMI_FD';
/** Exit code of a shell whose command SIGPIPE has ended. */
const ENDED_BY_SIGPIPE = 128 + signals.SIGPIPE;

/** Gives tasks PMI-1, so that MPI programs and Flux brokers find each other (docs/protocol/shell.md §9.3). */
export default defineShellPlugin({
  name: 'pmi',
  api: 1,
  options: ['pmi.kvs', 'pmi.clique', 'pmi.exchange.k'],
  setup(s) {
    s.on('shell.init', async (shell) => {
      const options = pmiOptions(shell);
      const locals = await localValues(shell, options);
      shell.aux.set(key, new ShellPmi(shell, options, locals));
    });
    s.on('task.init', (task, shell) => {
      shell.aux.get<ShellPmi>(key)!.serve(task);
    });
    s.on('task.exit', (task, shell) => {
      shell.aux.get<ShellPmi>(key)?.explain(task);
    });
  },
});

/** Values that every shell knows by itself. */
async function localValues(shell: Shell, { clique }: PmiOptions): Promise<Map<string, string>> {
  const locals = new Map<string, string>();
  const mapping = await processMapping(shell, clique);
  if (mapping !== undefined) locals.set('PMI_process_mapping', mapping);
  if (shell.host.standalone) return locals;
  const level = await shell.flux.getattr('instance-level').catch(() => undefined);
  if (level !== undefined) locals.set('flux.instance-level', String(Number(level) + 1));
  return locals;
}

class ShellPmi {
  readonly #shell: Shell;
  readonly #server: PmiServer;
  readonly #kvs: PmiKvs;
  readonly #locals: ReadonlyMap<string, string>;
  readonly #clients = new Map<number, PmiServerClient>();
  /** Put by tasks of this shell since the last exchange. */
  #pending: Values = {};
  readonly #global: Values = {};
  readonly #trace: ((rank: number, line: string) => void) | undefined;

  constructor(shell: Shell, { kvs, k }: PmiOptions, locals: ReadonlyMap<string, string>) {
    const { jobid, ntasks, rank } = shell.info;
    this.#shell = shell;
    this.#locals = locals;
    if (kvs === 'native' && rank === 0) shell.warn('using native Flux kvs implementation');
    this.#kvs = kvs === 'native' ? new NativeKvs(shell) : new TreeExchange(shell, k);
    const trace = (task: number, line: string) => shell.trace(`${task}: ${line}`);
    this.#trace = shell.host.verbose > 0 ? trace : undefined;
    this.#server = new PmiServer({
      size: ntasks,
      localSize: shell.rankInfo().ntasks,
      kvsname: f58(jobid, shell.host.env),
      put: (name, value) => {
        this.#pending[name] = value;
      },
      get: (name) => this.#get(name),
      barrier: () => this.#barrier(),
      abort: (_rank, _exitCode, message) => void shell.raise(`MPI_Abort: ${message ?? 'aborted'}`),
      ...(this.#trace ? { trace: (task, side, line) => trace(task, `${side}: ${line}`) } : {}),
    });
  }

  /** Makes a task a client. */
  serve(task: Task): void {
    const shell = this.#shell;
    task.env['PMI_RANK'] = String(task.rank);
    task.env['PMI_SIZE'] = String(shell.info.ntasks);
    task.addChannel(channel, { lines: false });
    const send = (line: string) => void task.write(channel, line).catch(() => {}); // the task has gone: its end will be noticed
    const client = this.#server.client(task.rank, send, (e) => {
      shell.debug(`${task.rank}: ${errorText(e)}`);
      shell.die('PMI-1 wire protocol error');
    });
    this.#clients.set(task.rank, client);
    task.onOutput(channel, (data) => {
      if (data) client.receive(data);
      else this.#trace?.(task.rank, 'C: pmi EOF');
      // The connection stays: the task may be a script, and go on to another program.
      if (data && client.finalized) this.#trace?.(task.rank, 'S: pmi finalized');
    });
  }

  /** Says why a second program of the task may have ended without a word: MPICH calls shutdown(2) on the connection, which ends it for all who have it. */
  explain(task: Task): void {
    if (task.info.exitcode !== ENDED_BY_SIGPIPE || !this.#clients.get(task.rank)?.finalized) return;
    this.#shell.warn(
      `task ${task.rank}: SIGPIPE after PMI was finalized: so ends a second MPI program in one task with MPICH (see docs/mpi.md)`,
    );
  }

  #get(name: string): string | undefined | Promise<string | undefined> {
    const known = this.#locals.get(name) ?? own(this.#pending, name) ?? own(this.#global, name);
    return known ?? this.#kvs.lookup(name);
  }

  async #barrier(): Promise<void> {
    if (this.#shell.info.size === 1) return;
    try {
      const values = await this.#kvs.exchange(this.#pending);
      Object.assign(this.#global, values);
      this.#pending = {};
    } catch (e) {
      this.#shell.warn(`exchange: ${errorText(e)}`);
      throw e;
    }
  }
}

const own = (values: Values, name: string): string | undefined => (Object.hasOwn(values, name) ? values[name] : undefined);
