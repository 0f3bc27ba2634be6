import { decodeEntry, errorText, IdSet, jobInfo, type Shell, type Task } from 'flux';
import { decodeIo, LoggedError } from 'flux/internal';
import type { Report } from './progress';
import { TaskInput } from './task-input';

/** What came for stdin, and whose it is. */
interface Item {
  ranks: IdSet | 'all';
  data: Buffer | undefined;
  eof: boolean;
}

/** Tasks by rank; undefined for a text that names none. */
export function ranksOf(rank: string): Item['ranks'] | undefined {
  if (rank === 'all') return 'all';
  try {
    return IdSet.parse(rank);
  } catch {
    return undefined;
  }
}

/** Follows the input eventlog for the tasks of this shell. */
export class InputFeed {
  readonly #shell: Shell;
  readonly #report: Report;
  readonly #inputs = new Map<Task, TaskInput>();
  /** What has come so far, as long as there may be more tasks: one that starts later gets it, too. */
  #early: Item[] | undefined = [];
  /** Bytes that have come. */
  #seen = 0;
  #cancel: (() => void) | undefined;

  constructor(shell: Shell, report: Report) {
    this.#shell = shell;
    this.#report = report;
  }

  add(task: Task): void {
    const input = new TaskInput(task, {
      onProgress: () => this.#report(this.#seen - input.waiting),
      onClosed: (e) => {
        this.#inputs.delete(task);
        if (e !== undefined) this.#shell.debug(`task ${task.rank}: stdin: ${errorText(e)}`);
      },
    });
    this.#inputs.set(task, input);
    for (const item of this.#early ?? []) give(input, task, item);
    if (!this.#cancel) void this.#follow();
  }

  allAdded(): void {
    this.#early = undefined;
  }

  remove(task: Task): void {
    this.#inputs.get(task)?.drop();
    this.#inputs.delete(task);
    if (this.#inputs.size === 0) this.stop();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = () => {};
  }

  async #follow(): Promise<void> {
    const { flux, info } = this.#shell;
    const watch = flux.open(jobInfo.eventlogWatch, { id: info.jobid, path: 'guest.input', flags: 0 });
    this.#cancel = () => {
      flux.tell(jobInfo.eventlogWatchCancel, { matchtag: watch.matchtag });
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
      if (!(e instanceof LoggedError) && !this.#shell.signal.aborted && this.#inputs.size > 0) this.#shell.error(`input: ${errorText(e)}`);
    }
  }

  #take(context: object): void {
    const { rank, data, eof } = decodeIo(context);
    const ranks = ranksOf(rank);
    if (ranks === undefined) return;
    const item = { ranks, data, eof };
    this.#seen += data?.length ?? 0;
    this.#early?.push(item);
    for (const [task, input] of this.#inputs) give(input, task, item);
    if (this.#inputs.size === 0) this.stop();
  }
}

function give(input: TaskInput, task: Task, { ranks, data, eof }: Item): void {
  if (ranks !== 'all' && !ranks.has(task.rank)) return;
  if (data?.length) input.push(data);
  if (eof) input.end();
}
