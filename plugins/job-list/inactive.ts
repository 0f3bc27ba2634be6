import { encodeJson } from 'flux';
import { decodeJsonObject } from 'flux/internal';
import { Columns } from './columns';
import { IdIndex } from './id-index';
import { ListJob } from './job';
import { TextStore } from './text-store';

/** What jobs are looked for: users and results; undefined and 0 stand for any. */
export interface InactiveFilter {
  userid?: number | undefined;
  results?: number;
  /** Only jobs that ended after this time, in seconds since the epoch. */
  since?: number;
}

/**
 * The finished jobs of an instance, in the order in which they ended. They are many, and seldom looked at: what they are found by stands in columns of
 * numbers, all else as JSON text outside the heap, read when a job is asked for.
 */
export class InactiveJobs {
  readonly #texts = new TextStore();
  readonly #columns = new Columns();
  readonly #index = new IdIndex((slot) => this.#columns.id[slot]!);
  readonly #byResult = new Map<number, number>();
  /** Whether jobs that are added go to their place: not before the bulk of them is sorted. */
  #sorted = false;

  get length(): number {
    return this.#columns.count;
  }

  /** Number of jobs with this result. */
  count(result: number): number {
    return this.#byResult.get(result) ?? 0;
  }

  /** Adds a job that ended, or puts it in the place of its earlier self. */
  put(job: ListJob): void {
    const columns = this.#columns;
    const known = this.#index.find(job.id);
    const slot = known ?? columns.add();
    if (known === undefined) {
      columns.id[slot] = job.id;
      this.#index.set(job.id, slot);
    } else this.#tally(columns.result[slot]!, -1);
    const { chunk, offset, length } = this.#texts.add(encodeJson(job.toRecord()));
    columns.ended[slot] = job.t_inactive ?? 0;
    columns.userid[slot] = job.userid;
    columns.result[slot] = job.result;
    columns.chunk[slot] = chunk;
    columns.offset[slot] = offset;
    columns.bytes[slot] = length;
    this.#tally(job.result, 1);
    if (this.#sorted && known === undefined) this.#place(slot);
  }

  find(id: bigint): ListJob | undefined {
    const slot = this.#index.find(id);
    return slot === undefined ? undefined : this.#read(slot);
  }

  /** The latest first. */
  *select({ userid, results = 0, since = Number.NEGATIVE_INFINITY }: InactiveFilter = {}): Iterable<ListJob> {
    const columns = this.#columns;
    for (let slot = columns.count - 1; slot >= 0 && columns.ended[slot]! > since; slot--) {
      if (userid !== undefined && columns.userid[slot] !== userid) continue;
      if (results !== 0 && (columns.result[slot]! & results) === 0) continue;
      yield this.#read(slot);
    }
  }

  /** Puts jobs that were added in any order in the order in which they ended, and from now on each that is added. */
  sort(): void {
    this.#columns.sortByEnd();
    this.#index.rebuild(this.#columns.count);
    this.#sorted = true;
  }

  /** Moves the last job before those that ended later: it became known late, because something of it was still being read. */
  #place(last: number): void {
    const { ended, id } = this.#columns;
    for (let slot = last; slot > 0 && ended[slot - 1]! > ended[slot]!; slot--) {
      this.#index.swap(id[slot]!, id[slot - 1]!);
      this.#columns.swap(slot, slot - 1);
    }
  }

  #read(slot: number): ListJob {
    const { id, chunk, offset, bytes } = this.#columns;
    const text = this.#texts.read({ chunk: chunk[slot]!, offset: offset[slot]!, length: bytes[slot]! });
    return ListJob.fromRecord(id[slot]!, decodeJsonObject(text));
  }

  #tally(result: number, change: number): void {
    this.#byResult.set(result, this.count(result) + change);
  }
}
