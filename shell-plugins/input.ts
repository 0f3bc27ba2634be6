import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import type { Readable } from 'node:stream';
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
  options: ['input.stdin.type', 'input.stdin.path'],
  setup(s) {
    s.on('shell.init', async (shell) => {
      const { type = 'service', file } = shell.getopt('input', option.object(read)) ?? {};
      if (type !== 'service' && type !== 'file') throw failure(shell, `invalid input type specified '${type}'`);
      if (type === 'file' && file === undefined) throw failure(shell, 'path for stdin file input not specified');
      if (shell.host.standalone) return;
      shell.aux.set(key, new InputFeed(shell), (feed) => feed.stop());
      if (shell.info.rank !== 0) return;
      const source = type === 'file' ? new FileInput(shell, file!) : undefined;
      const header = append(shell, 'header', { version: 1, encoding: { stdin: 'UTF-8' }, count: { stdin: 1 }, options: {} });
      shell.host.initialized(header);
      if (source) shell.aux.set('builtin::input-file', source, (file) => file.close());
      else shell.aux.set('builtin::input-clients', new ClientInput(shell));
    });
    s.on('shell.start', (shell) => {
      shell.aux.get<InputFeed>(key)?.allAdded();
      const source = shell.aux.get<FileInput>('builtin::input-file');
      if (source) void hold(shell, 'input.kvs', source.copy());
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
    if (stream !== 'stdin' || ranksOf(rank) === undefined) throw new FluxError('EPROTO');
    this.#writer.add(entry('data', encodeIo(stream, rank, data, eof) as unknown as JsonObject));
    if (eof) this.#withdraw();
  }
}

// ---- leader: from a file

/** A file, read once to its end. Nothing waits for the other end of a named pipe but what is to come from it. */
class FileInput {
  readonly #shell: Shell;
  readonly #source: Readable;

  constructor(shell: Shell, name: string) {
    this.#shell = shell;
    try {
      this.#source = openSource(path.resolve(shell.host.cwd, name));
    } catch (e) {
      throw failure(shell, `error opening input file '${name}': ${toFluxError(e).message}`, e);
    }
  }

  async copy(): Promise<void> {
    const shell = this.#shell;
    const { ntasks } = shell.info;
    const rank = ntasks === 1 ? '0' : `[0-${ntasks}]`;
    const put = (data: Buffer | undefined) => append(shell, 'data', encodeIo('stdin', rank, data, data === undefined)).catch(lost(shell));
    try {
      for await (const data of this.#source as AsyncIterable<Buffer>)
        for (let at = 0; at < data.length && !shell.signal.aborted; at += PAGE) await put(data.subarray(at, at + PAGE));
    } catch (e) {
      if (!shell.signal.aborted) shell.error(`reading stdin file: ${toFluxError(e).message}`);
    }
    if (!shell.signal.aborted) await put(undefined);
  }

  close(): void {
    this.#source.destroy();
  }
}

function openSource(file: string): Readable {
  if (!fs.statSync(file).isFIFO()) return fs.createReadStream('', { fd: fs.openSync(file, 'r'), highWaterMark: PAGE });
  return new net.Socket({ fd: fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK), readable: true, writable: false });
}

// ---- all shells: to the tasks

/** What came for stdin, and whose it is. */
interface Item {
  ranks: IdSet | 'all';
  data: Buffer | undefined;
  eof: boolean;
}

/** Tasks by rank; undefined for a text that names none. */
function ranksOf(rank: string): Item['ranks'] | undefined {
  if (rank === 'all') return 'all';
  try {
    return IdSet.parse(rank);
  } catch {
    return undefined;
  }
}

/** Follows the input eventlog for the tasks of this shell. */
class InputFeed {
  readonly #shell: Shell;
  readonly #tasks = new Map<Task, Promise<void>>();
  /** What has come so far, as long as there may be more tasks: one that starts later gets it, too. */
  #seen: Item[] | undefined = [];
  #cancel: (() => void) | undefined;

  constructor(shell: Shell) {
    this.#shell = shell;
  }

  add(task: Task): void {
    this.#tasks.set(task, Promise.resolve());
    for (const item of this.#seen ?? []) this.#give(task, item);
    if (!this.#cancel) void this.#follow();
  }

  allAdded(): void {
    this.#seen = undefined;
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
    const ranks = ranksOf(rank);
    if (ranks === undefined) return;
    const item = { ranks, data, eof };
    this.#seen?.push(item);
    for (const task of this.#tasks.keys()) this.#give(task, item);
    if (this.#tasks.size === 0) this.stop();
  }

  #give(task: Task, { ranks, data, eof }: Item): void {
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
