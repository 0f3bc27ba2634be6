import fs from 'node:fs';
import path from 'node:path';
import {
  appendToGuest,
  decodeEntry,
  decodeIo,
  defineShellPlugin,
  EventlogWriter,
  encodeIo,
  entry,
  errnoText,
  FluxError,
  IdSet,
  type JsonObject,
  LoggedError,
  type Shell,
  type Task,
  toFluxError,
  type Undo,
} from 'flux';
import { end, failure } from './_failure';
import { hold } from './_hold';
import { option, optional } from './_option';

const key = 'builtin::input';
const PAGE = 4096;

/** Brings the job's stdin to its tasks, by the KVS: from clients, or from a file (contract/shell.md §9.4). */
export default defineShellPlugin({
  name: 'input',
  api: 1,
  setup(s) {
    s.on('shell.init', async (shell) => {
      const { type = 'service', file } = shell.getopt('input', option.object(read)) ?? {};
      if (type !== 'service' && type !== 'file') throw failure(shell, `invalid input type specified '${type}'`);
      if (type === 'file' && file === undefined) throw failure(shell, 'path for stdin file input not specified');
      if (shell.host.standalone) return;
      shell.aux.set(key, new InputFeed(shell), (feed) => feed.stop());
      if (shell.info.rank !== 0) return;
      const fd = type === 'file' ? openInput(shell, file!) : undefined;
      const header = append(shell, 'header', { version: 1, encoding: { stdin: 'UTF-8' }, count: { stdin: 1 }, options: {} });
      shell.host.initialized(header);
      if (fd === undefined) shell.aux.set('builtin::input-clients', new ClientInput(shell));
      else shell.aux.set('builtin::input-file', fd, (open) => fs.closeSync(open));
    });
    s.on('shell.start', (shell) => {
      const fd = shell.aux.get<number>('builtin::input-file');
      if (fd !== undefined) void hold(shell, 'input.kvs', copyFile(shell, fd));
    });
    s.on('shell.exit', async (shell) => {
      await shell.aux.get<ClientInput>('builtin::input-clients')?.close();
    });
    s.on('task.fork', (task, shell) => shell.aux.get<InputFeed>(key)?.add(task));
    s.on('task.exit', (task, shell) => shell.aux.get<InputFeed>(key)?.remove(task));
  },
});

function read(input: JsonObject): { type?: string | undefined; file?: string | undefined } {
  const stdin = optional.object(input, 'stdin') ?? {};
  return { type: optional.string(stdin, 'type'), file: optional.string(stdin, 'path') };
}

function append(shell: Shell, name: string, context: object): Promise<void> {
  const added = { key: 'input', entries: [entry(name, context as JsonObject)] };
  return appendToGuest(shell.flux, shell.host.namespace, [added]);
}

/** The job can't do without its input. */
const lost = (shell: Shell) => (e: unknown) => end(shell, `shell_input_put_kvs: ${errnoText(e)}`);

// ---- leader: from clients

class ClientInput {
  readonly #writer: EventlogWriter;
  readonly #withdraw: Undo;

  constructor(shell: Shell) {
    const { flux, host } = shell;
    this.#writer = new EventlogWriter({ flux, namespace: host.namespace, key: 'input', batchMs: 0, onError: lost(shell) });
    this.#withdraw = shell.serve('stdin', (io) => this.#take(io));
  }

  /** Takes no more. Resolves when what was taken is where it belongs. */
  close(): Promise<void> {
    this.#withdraw();
    return this.#writer.flush();
  }

  #take(io: object): void {
    const { stream, rank, data, eof } = decodeIo(io);
    if (stream !== 'stdin') throw new FluxError('EPROTO');
    this.#writer.add(entry('data', encodeIo(stream, rank, data, eof) as unknown as JsonObject));
    if (eof) this.#withdraw();
  }
}

// ---- leader: from a file

function openInput(shell: Shell, file: string): number {
  try {
    return fs.openSync(path.resolve(shell.host.cwd, file), 'r');
  } catch (e) {
    throw failure(shell, `error opening input file '${file}': ${toFluxError(e).message}`);
  }
}

async function copyFile(shell: Shell, fd: number): Promise<void> {
  const put = (data: Buffer | undefined) => append(shell, 'data', encodeIo('stdin', rank, data, data === undefined)).catch(lost(shell));
  const { ntasks } = shell.info;
  const rank = ntasks === 1 ? '0' : `[0-${ntasks}]`;
  const page = Buffer.alloc(PAGE);
  for (;;) {
    const size = await readPage(shell, fd, page);
    if (size === 0) break;
    await put(page.subarray(0, size));
  }
  await put(undefined);
}

function readPage(shell: Shell, fd: number, page: Buffer): Promise<number> {
  return new Promise((resolve) => {
    fs.read(fd, page, 0, PAGE, null, (e, size) => {
      if (e) shell.error(`reading stdin file: ${toFluxError(e).message}`);
      resolve(e ? 0 : size);
    });
  });
}

// ---- all shells: to the tasks

/** Follows the input eventlog for the tasks of this shell. */
class InputFeed {
  readonly #shell: Shell;
  readonly #tasks = new Map<Task, Promise<void>>();
  /** What has come so far: a task that starts later gets it, too. */
  readonly #seen: { ranks: IdSet | 'all'; data: Buffer | undefined; eof: boolean }[] = [];
  #cancel: (() => void) | undefined;

  constructor(shell: Shell) {
    this.#shell = shell;
  }

  add(task: Task): void {
    this.#tasks.set(task, Promise.resolve());
    for (const item of this.#seen) this.#give(task, item);
    if (!this.#cancel) void this.#follow();
  }

  remove(task: Task): void {
    this.#tasks.delete(task);
    if (this.#tasks.size === 0) this.stop();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = () => {};
  }

  async #follow(): Promise<void> {
    const { flux, info } = this.#shell;
    const watch = flux.stream<{ event: string }>('job-info.eventlog-watch', { id: info.jobid, path: 'guest.input', flags: 0 });
    this.#cancel = () => {
      flux.notify('job-info.eventlog-watch-cancel', { matchtag: watch.matchtag });
      void watch.return();
    };
    let begun = false;
    try {
      for await (const { event } of watch) {
        const { name, context = {} } = decodeEntry(event);
        if (name === 'header') begun = true;
        else if (!begun) this.#shell.die('stream data read before header');
        else if (name === 'data') this.#take(context);
      }
    } catch (e) {
      if (!(e instanceof LoggedError) && !this.#shell.signal.aborted && this.#tasks.size > 0)
        this.#shell.error(`input: ${toFluxError(e).message}`);
    }
  }

  #take(context: object): void {
    const { rank, data, eof } = decodeIo(context);
    const item = { ranks: rank === 'all' ? ('all' as const) : IdSet.parse(rank), data, eof };
    this.#seen.push(item);
    for (const task of this.#tasks.keys()) this.#give(task, item);
    if (this.#tasks.size === 0) this.stop();
  }

  #give(task: Task, { ranks, data, eof }: { ranks: IdSet | 'all'; data: Buffer | undefined; eof: boolean }): void {
    const before = this.#tasks.get(task);
    if (!before || (ranks !== 'all' && !ranks.has(task.rank))) return;
    const written = before.then(() => this.#write(task, data));
    this.#tasks.set(task, written);
    if (!eof) return;
    void written.then(() => task.close('stdin'));
    this.#tasks.delete(task);
  }

  /** A task that has closed its stdin has had enough. */
  async #write(task: Task, data: Buffer | undefined): Promise<void> {
    if (!data?.length) return;
    try {
      await task.write('stdin', data);
    } catch (e) {
      this.#tasks.delete(task);
      this.#shell.debug(`task ${task.rank}: stdin: ${toFluxError(e).message}`);
    }
  }
}
