import fs from 'node:fs';
import path from 'node:path';
import { errorText, type JsonObject, type Shell } from 'flux';
import { EventlogWriter, encodeIo, entry, errnoText } from 'flux/internal';
import { end, failure } from '../_failure';
import { type OutputOptions, type StreamName, type StreamOptions, streamNames } from './options';
import { renderTemplate } from './template';

/** Where one stream of the job's tasks goes. */
export interface Sink {
  data(rank: string, data: Buffer): void;
  eof(rank: string): void;
}

/** The sinks of the leader, by stream, and the entries that say where files are. */
export interface Sinks {
  sinks: Record<StreamName, Sink>;
  redirects: { stream: StreamName; path: string }[];
  /** Resolves when all is where it belongs. */
  flush(): Promise<void>;
  dispose(): void;
}

/** Opens the leader's sinks. `onPressure`: see EventlogWriter. Throws after an ERROR was logged. */
export function openSinks(shell: Shell, options: OutputOptions, onPressure: (pressed: boolean) => void): Sinks {
  const files = new OutputFiles(shell);
  const log = new OutputLog(shell, options.batchMs, onPressure);
  const redirects: Sinks['redirects'] = [];
  const open = (stream: StreamName): Sink => {
    const settings = options[stream];
    if (settings.type === 'kvs') return log.sink(stream);
    if (settings.type === 'term') return terminalSink(shell, stream);
    const { path, fd } = files.open(settings.path);
    redirects.push({ stream, path });
    return fileSink(shell, fd, settings);
  };
  try {
    const [stdout, stderr] = streamNames.map(open) as [Sink, Sink];
    const dispose = () => {
      files.close();
      log.dispose();
    };
    return { sinks: { stdout, stderr }, redirects, flush: () => log.flush(), dispose };
  } catch (e) {
    files.close();
    throw e;
  }
}

/** Chunks go to the shell's own output. */
function terminalSink({ host }: Shell, stream: StreamName): Sink {
  const write = stream === 'stdout' ? (data: Buffer) => host.stdout(data) : (data: Buffer) => host.stderr(data.toString('utf8'));
  return { data: (rank, data) => write(Buffer.concat([Buffer.from(`${rank}: `), data])), eof: () => {} };
}

function fileSink(shell: Shell, fd: number, { label }: StreamOptions): Sink {
  return {
    data(rank, data) {
      try {
        fs.writeSync(fd, label ? Buffer.concat([Buffer.from(`${rank}: `), data]) : data);
      } catch (e) {
        shell.error(`shell_output_file: ${errorText(e)}`);
      }
    },
    eof: () => {},
  };
}

interface OutputFile {
  path: string;
  fd: number;
}

/** Files by template: two streams that name the same share it. */
class OutputFiles {
  readonly #shell: Shell;
  readonly #files = new Map<string, OutputFile>();

  constructor(shell: Shell) {
    this.#shell = shell;
  }

  open(template: string): OutputFile {
    let file = this.#files.get(template);
    if (!file) {
      const name = renderTemplate(this.#shell, template);
      file = { path: name, fd: this.#create(name) };
      this.#files.set(template, file);
    }
    return file;
  }

  close(): void {
    for (const { fd } of this.#files.values()) fs.closeSync(fd);
    this.#files.clear();
  }

  #create(name: string): number {
    try {
      return fs.openSync(path.resolve(this.#shell.host.cwd, name), 'w', 0o644);
    } catch (e) {
      throw failure(this.#shell, `error opening output file '${name}': ${errorText(e)}`, e);
    }
  }
}

/** The output eventlog of the job. */
class OutputLog {
  readonly #writer: EventlogWriter;

  constructor(shell: Shell, batchMs: number, onPressure: (pressed: boolean) => void) {
    this.#writer = new EventlogWriter({
      flux: shell.flux,
      namespace: shell.host.namespace,
      key: 'output',
      batchMs,
      onPressure,
      onError: (e) => end(shell, `shell_output_kvs: ${errnoText(e)}`),
    });
  }

  sink(stream: StreamName): Sink {
    const add = (io: object) => this.#writer.add(entry('data', io as JsonObject as never));
    return {
      data: (rank, data) => add(encodeIo(stream, rank, data)),
      eof: (rank) => add(encodeIo(stream, rank, undefined, true)),
    };
  }

  flush(): Promise<void> {
    return this.#writer.flush();
  }

  dispose(): void {
    this.#writer.dispose();
  }
}
