import { defineShellPlugin, IdSet, isErrno, type Shell, shellService, type Undo } from 'flux';
import { appendToGuest, decodeIo, encodeIo, entry, errnoText } from 'flux/internal';
import { type OutputOptions, optionNames, outputOptions, type StreamName, streamNames } from './options';
import { TaskReading } from './reading';
import { openSinks, type Sinks } from './sinks';

/** A follower stops reading its tasks at so many chunks that the leader has not taken yet, and goes on at so many. */
const HIGH_WATER = 1000;
const LOW_WATER = 100;

const key = 'builtin::output';

/** Takes what tasks print to where the job wants it: KVS, files, or the terminal in standalone (docs/protocol/shell.md §9.5). */
export default defineShellPlugin({
  name: 'output',
  api: 1,
  options: optionNames,
  setup(s) {
    s.on('shell.init', async (shell) => {
      const options = outputOptions(shell);
      const output = shell.info.rank === 0 ? new LeaderOutput(shell, options) : new FollowerOutput(shell, options);
      shell.aux.set<Output>(key, output, () => output.dispose());
      shell.host.initialized(output.begin());
    });
    s.on('task.init', (task, shell) => {
      const output = shell.aux.get<Output>(key)!;
      output.reading.begin(task);
      for (const stream of streamNames) {
        task.setChannel(stream, { lines: output.options[stream].lines });
        task.onOutput(stream, (data) => output.take(stream, String(task.rank), data ?? undefined));
      }
    });
    s.on('shell.exit', async (shell) => {
      await shell.aux.get<Output>(key)?.flush();
    });
  },
});

interface Output {
  readonly options: OutputOptions;
  readonly reading: TaskReading;
  /** Before the init barrier. */
  begin(): Promise<void>;
  /** A chunk of a task; none: its end. */
  take(stream: StreamName, rank: string, data: Buffer | undefined): void;
  flush(): Promise<void>;
  dispose(): void;
}

/** Writes what all tasks of the job print. */
class LeaderOutput implements Output {
  readonly reading: TaskReading;
  readonly #shell: Shell;
  readonly #sinks: Sinks;
  /** Streams of tasks that have not ended, each as STREAM RANK. */
  readonly #open = new Set<string>();
  #withdraw: Undo = () => {};

  constructor(
    shell: Shell,
    readonly options: OutputOptions,
  ) {
    this.#shell = shell;
    this.reading = new TaskReading(shell);
    this.#sinks = openSinks(shell, options, (pressed) => this.reading.pause(pressed));
    for (let rank = 0; rank < shell.info.ntasks; rank++) for (const stream of streamNames) this.#open.add(`${stream} ${rank}`);
    shell.debug(`batch timeout = ${(options.batchMs / 1000).toFixed(3)}s`);
  }

  async begin(): Promise<void> {
    const shell = this.#shell;
    if (this.#open.size > 0) shell.addCompletionRef('output.write');
    const services = [
      shell.serve(shellService.write, (payload) => this.#write(payload)),
      shell.serve(shellService.lost, ({ rank }) => this.#endOf(rank)),
    ];
    this.#withdraw = () => {
      for (const withdraw of services) withdraw();
    };
    if (shell.host.standalone) return;
    const { ntasks } = shell.info;
    const header = entry('header', {
      version: 1,
      encoding: { stdout: 'UTF-8', stderr: 'UTF-8' },
      count: { stdout: ntasks, stderr: ntasks },
      options: {},
    });
    const local = shell.rankInfo().ntasks;
    const rank = local > 1 ? `[0-${local - 1}]` : '0';
    const entries = [header, ...this.#sinks.redirects.map(({ stream, path }) => entry('redirect', { stream, rank, path }))];
    await appendToGuest(
      shell.flux,
      shell.host.namespace,
      entries.map((one) => ({ key: 'output', entries: [one] })),
    );
  }

  take(stream: StreamName, rank: string, data: Buffer | undefined): void {
    const sink = this.#sinks.sinks[stream];
    if (data) sink.data(rank, data);
    else {
      if (!this.#open.delete(`${stream} ${rank}`)) return;
      sink.eof(rank);
      if (this.#open.size === 0) this.#ended();
    }
  }

  flush(): Promise<void> {
    return this.#sinks.flush();
  }

  dispose(): void {
    this.#sinks.dispose();
  }

  /** A follower's chunk. It waits for the answer when it has sent many. */
  #write(io: object): void | Promise<void> {
    const { stream, rank, data, eof } = decodeIo(io);
    const name = streamNames.find((one) => one === stream);
    if (name === undefined) return;
    if (data?.length) this.take(name, rank, data);
    if (eof) this.take(name, rank, undefined);
    return this.reading.resumed;
  }

  /** The shell on this broker is no more: its tasks print nothing more either. */
  #endOf(brokerRank: number): void {
    for (const task of tasksOn(this.#shell, brokerRank)) for (const stream of streamNames) this.take(stream, String(task), undefined);
  }

  #ended(): void {
    this.#withdraw();
    void this.flush().then(() => this.#shell.removeCompletionRef('output.write'));
  }
}

/** Ranks of the tasks of the shell on a broker. */
function tasksOn(shell: Shell, brokerRank: number): Iterable<number> {
  for (let shellRank = 0; shellRank < shell.info.size; shellRank++) {
    try {
      const { broker_rank, taskids } = shell.rankInfo(shellRank);
      if (broker_rank === brokerRank) return IdSet.parse(taskids);
    } catch (e) {
      if (!isErrno(e, 'EINVAL')) throw e; // a shell without tasks
    }
  }
  return [];
}

/** Sends what its tasks print to the leader. */
class FollowerOutput implements Output {
  readonly reading: TaskReading;
  readonly #shell: Shell;
  readonly #sending = new Set<Promise<void>>();

  constructor(
    shell: Shell,
    readonly options: OutputOptions,
  ) {
    this.#shell = shell;
    this.reading = new TaskReading(shell);
  }

  async begin(): Promise<void> {}

  take(stream: StreamName, rank: string, data: Buffer | undefined): void {
    const send = this.#send(encodeIo(stream, rank, data, data === undefined));
    this.#sending.add(send);
    void send.then(() => {
      this.#sending.delete(send);
      if (this.#sending.size <= LOW_WATER) this.reading.pause(false);
    });
    if (this.#sending.size >= HIGH_WATER) this.reading.pause(true);
  }

  async flush(): Promise<void> {
    await Promise.all(this.#sending);
  }

  dispose(): void {}

  async #send(io: object): Promise<void> {
    try {
      await this.#shell.rpc(shellService.write, 0, io);
    } catch (e) {
      this.#shell.error(`shell_output_write: ${errnoText(e)}`);
    }
  }
}
