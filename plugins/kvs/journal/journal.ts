import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { errorText, FluxError, toFluxError } from 'flux';
import type { Root } from '../namespace';
import { Grouped } from './grouped';
import { encodeHead, encodeRecord, type TransactionRecord } from './record';
import { segmentFile, segmentNumbers } from './segment-file';

/** What an acknowledged commit survives: the death of the broker's process, or of the machine. */
export type JournalDurability = 'process' | 'power';

interface OpenSegment {
  number: number;
  fd: number;
  /** Bytes written. */
  size: number;
  /** Bytes that are as safe as the journal promises. */
  safe: number;
  /** Another one has taken its place. */
  retired: boolean;
}

const fsync = (fd: number) => promisify(fs.fsync)(fd);
const fdatasync = (fd: number) => promisify(fs.fdatasync)(fd);

/**
 * A logical journal beside a store: files `<store>.journal.<n>` to whose last one records are appended. A record is acknowledged when it was written
 * (process), or when an fdatasync has returned that all share who came while the last one ran (power).
 */
export class Journal {
  readonly #store: string;
  readonly #durability: JournalDurability;
  readonly #syncs = new Grouped(() => this.#sync());
  /** Segments with bytes that are not safe yet. */
  readonly #unsafe = new Set<OpenSegment>();
  #directoryChanged = false;
  #current: OpenSegment;
  /** Nothing can be written behind what stands there. */
  #broken: FluxError | undefined;
  /** What was written cannot be made safe. */
  #lost: FluxError | undefined;
  #bytes = 0;
  #count = 0;

  /** Begins a new segment behind those that exist. `root`: what the first record will build on. */
  constructor(store: string, durability: JournalDurability, root: Root) {
    this.#store = store;
    this.#durability = durability;
    this.#current = this.#begin(1 + (segmentNumbers(store).at(-1) ?? 0), root);
  }

  /** Bytes, and records, since the last rotation. */
  get bytes(): number {
    return this.#bytes;
  }

  get count(): number {
    return this.#count;
  }

  /** Why nothing can be written any more. */
  get broken(): FluxError | undefined {
    return this.#broken;
  }

  /**
   * Writes a record. It is safe when the promise resolves; without a promise it is so already. When it rejects, so do all that came behind it, and none of
   * them stands in the journal.
   * @throws FluxError ENOSPC, EIO, …: it could not be written, nothing has changed
   */
  append(record: Omit<TransactionRecord, 'safe'>): Promise<void> | undefined {
    if (this.#broken) throw this.#broken;
    const segment = this.#current;
    this.#append(segment, encodeRecord({ ...record, safe: segment.safe }));
    this.#count++;
    return this.#durability === 'power' ? this.#syncs.request() : undefined;
  }

  /**
   * Goes on in a new segment; its number. The older ones can be dropped when a checkpoint has this root.
   * @throws FluxError ENOSPC, EMFILE, …: there is none, the journal goes on in the one it has
   */
  rotate(root: Root): number {
    if (this.#broken) throw this.#broken;
    const before = this.#current;
    this.#current = this.#begin(before.number + 1, root);
    before.retired = true;
    if (!this.#unsafe.has(before)) fs.closeSync(before.fd);
    this.#bytes = 0;
    this.#count = 0;
    return this.#current.number;
  }

  /** Removes the segments before this one. */
  drop(before: number): void {
    for (const number of segmentNumbers(this.#store)) if (number < before) fs.rmSync(segmentFile(this.#store, number));
  }

  /** Resolves when all that was written is safe, or has failed. */
  settled(): Promise<void> {
    return this.#syncs.idle();
  }

  /** Closes it; its files stay. */
  async close(): Promise<void> {
    await this.#syncs.idle();
    this.#broken ??= new FluxError('EBADF');
    for (const segment of new Set([...this.#unsafe, this.#current])) fs.closeSync(segment.fd);
    this.#unsafe.clear();
  }

  /** Closes it and removes its files: a checkpoint has everything. */
  async remove(): Promise<void> {
    await this.close();
    this.drop(Number.POSITIVE_INFINITY);
  }

  #begin(number: number, root: Root): OpenSegment {
    const file = segmentFile(this.#store, number);
    const segment = { number, fd: attempt(() => fs.openSync(file, 'wx', 0o600)), size: 0, safe: 0, retired: false };
    try {
      this.#write(segment, encodeHead({ segment: number, ...root }));
    } catch (e) {
      fs.closeSync(segment.fd);
      fs.rmSync(file);
      throw toFluxError(e, 'EIO');
    }
    this.#directoryChanged = true;
    return segment;
  }

  #append(segment: OpenSegment, bytes: Buffer): void {
    try {
      this.#write(segment, bytes);
    } catch (e) {
      this.#cutBack(segment, segment.size);
      throw toFluxError(e, 'EIO');
    }
  }

  /** Writes behind what stands there. What has been written when it fails does not count. */
  #write(segment: OpenSegment, bytes: Buffer): void {
    for (let done = 0; done < bytes.length; ) done += fs.writeSync(segment.fd, bytes, done, bytes.length - done, segment.size + done);
    segment.size += bytes.length;
    this.#bytes += bytes.length;
    if (this.#durability === 'power') this.#unsafe.add(segment);
    else segment.safe = segment.size;
  }

  /** Makes safe what is written by now, the oldest segment first; all of it, or nothing. */
  async #sync(): Promise<void> {
    if (this.#lost) throw this.#lost;
    const written = Array.from(this.#unsafe, (segment) => ({ segment, size: segment.size }));
    try {
      if (this.#directoryChanged) await this.#syncDirectory();
      for (const { segment } of written) await fdatasync(segment.fd);
    } catch (e) {
      // What the kernel could not write is gone from its cache: nobody can tell what stands on the disk.
      this.#lost = new FluxError('EIO', `journal ${segmentFile(this.#store, this.#current.number)}: ${errorText(e)}`);
      this.#broken = this.#lost;
      for (const segment of this.#unsafe) this.#cutBack(segment, segment.safe);
      throw this.#lost;
    }
    for (const { segment, size } of written) {
      segment.safe = size;
      if (segment.size > size) continue;
      this.#unsafe.delete(segment);
      if (segment.retired) fs.closeSync(segment.fd);
    }
  }

  async #syncDirectory(): Promise<void> {
    this.#directoryChanged = false;
    const fd = fs.openSync(path.dirname(this.#store), 'r');
    try {
      await fsync(fd);
    } finally {
      fs.closeSync(fd);
    }
  }

  /** Takes back what was written beyond `size`. If even that fails, nothing can be written behind it any more. */
  #cutBack(segment: OpenSegment, size: number): void {
    try {
      fs.ftruncateSync(segment.fd, size);
      segment.size = size;
    } catch (e) {
      this.#broken ??= toFluxError(e, 'EIO');
    }
  }
}

function attempt<T>(work: () => T): T {
  try {
    return work();
  } catch (e) {
    throw toFluxError(e, 'EIO');
  }
}
