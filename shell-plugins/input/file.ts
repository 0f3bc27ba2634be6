import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { errorText, type JsonObject, type Shell } from 'flux';
import { appendToGuest, encodeIo, entry } from 'flux/internal';
import { failure } from '../_failure';
import { lostInput } from './clients';
import type { InputProgress } from './progress';

const PAGE = 4096;

/** In the leader: a file, read once to its end. Nothing waits for the other end of a named pipe but what is to come from it. */
export class FileInput {
  readonly #shell: Shell;
  readonly #progress: InputProgress;
  readonly #source: Readable;

  constructor(shell: Shell, name: string, progress: InputProgress) {
    this.#shell = shell;
    this.#progress = progress;
    try {
      this.#source = openSource(path.resolve(shell.host.cwd, name));
    } catch (e) {
      throw failure(shell, `error opening input file '${name}': ${errorText(e)}`, e);
    }
  }

  async copy(): Promise<void> {
    const shell = this.#shell;
    try {
      for await (const data of this.#source as AsyncIterable<Buffer>)
        for (let at = 0; at < data.length && !shell.signal.aborted; at += PAGE) await this.#put(data.subarray(at, at + PAGE));
    } catch (e) {
      if (!shell.signal.aborted) shell.error(`reading stdin file: ${errorText(e)}`);
    }
    if (!shell.signal.aborted) await this.#put(undefined);
  }

  close(): void {
    this.#source.destroy();
    this.#progress.end();
  }

  async #put(data: Buffer | undefined): Promise<void> {
    const { flux, host, info } = this.#shell;
    const rank = info.ntasks === 1 ? '0' : `[0-${info.ntasks}]`;
    const added = entry('data', encodeIo('stdin', rank, data, data === undefined) as unknown as JsonObject);
    await appendToGuest(flux, host.namespace, [{ key: 'input', entries: [added] }]).catch(lostInput(this.#shell));
    this.#progress.took(data?.length ?? 0);
    await this.#progress.room();
  }
}

function openSource(file: string): Readable {
  if (!fs.statSync(file).isFIFO()) return fs.createReadStream('', { fd: fs.openSync(file, 'r'), highWaterMark: PAGE });
  return new net.Socket({ fd: fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK), readable: true, writable: false });
}
