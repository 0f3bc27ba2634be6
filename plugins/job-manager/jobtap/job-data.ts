import type { Job } from '../job';

interface Entry {
  value: unknown;
  dispose: ((value: never) => void) | undefined;
}

/** What plugins attach to jobs: by job, then by name (shared) or by the plugin's own key. Disposed when the job is forgotten. */
export class JobDataStore {
  readonly #data = new Map<Job, Map<string | symbol, Entry>>();

  get(job: Job, key: string | symbol): unknown {
    return this.#data.get(job)?.get(key)?.value;
  }

  /** Replaces a value and disposes the old one. */
  set<T>(job: Job, key: string | symbol, value: T, dispose: ((value: T) => void) | undefined): void {
    const old = this.#data.get(job)?.get(key);
    if (old?.value === value) return;
    const ofJob = this.#data.get(job) ?? new Map<string | symbol, Entry>();
    this.#data.set(job, ofJob);
    ofJob.set(key, { value, dispose });
    if (old) disposeOf(old);
  }

  delete(job: Job, key: string | symbol): boolean {
    const ofJob = this.#data.get(job);
    const entry = ofJob?.get(key);
    if (!ofJob || !entry) return false;
    ofJob.delete(key);
    if (ofJob.size === 0) this.#data.delete(job);
    disposeOf(entry);
    return true;
  }

  /** Drops a key from all jobs: its plugin goes. */
  deleteKey(key: string | symbol): void {
    for (const job of [...this.#data.keys()]) this.delete(job, key);
  }

  /** Drops all of a job. */
  forget(job: Job): void {
    const ofJob = this.#data.get(job);
    this.#data.delete(job);
    for (const entry of ofJob?.values() ?? []) disposeOf(entry);
  }
}

function disposeOf({ value, dispose }: Entry): void {
  dispose?.(value as never);
}
