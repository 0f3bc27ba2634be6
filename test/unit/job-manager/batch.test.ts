import { JobState } from '../../../core';
import { type Append, EventBatch, type Transition } from '../../../plugins/job-manager/batch';
import { jobIn } from './jobs';

/** Commits that the test lets through one by one. */
class Store {
  readonly commits: Append[][] = [];
  readonly published: Transition[][] = [];
  readonly errors: unknown[] = [];
  #waiting: { resolve(): void; reject(e: unknown): void }[] = [];
  readonly batch = new EventBatch({
    commit: (appends) => {
      this.commits.push(appends);
      return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
    },
    publish: async (transitions) => void this.published.push(transitions),
    onError: (e) => this.errors.push(e),
  });

  async letThrough(): Promise<void> {
    this.#waiting.shift()!.resolve();
    await settled();
  }
  async fail(e: unknown): Promise<void> {
    this.#waiting.shift()!.reject(e);
    await settled();
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve));
const job = jobIn(JobState.RUN, { id: 5n });
const other = jobIn(JobState.RUN, { id: 6n });
const event = (name: string) => ({ timestamp: 1, name });

describe('the event batch', () => {
  test('writes what is posted in one turn as one commit, each job in order', async () => {
    const store = new Store();
    store.batch.append(job, event('a'));
    store.batch.append(other, event('b'));
    store.batch.append(job, { ...event('c'), context: { n: 1 } });
    await settled();
    expect(store.commits).toEqual([
      [
        { key: 'job.0000.0000.0000.0005.eventlog', text: '{"timestamp":1.0,"name":"a"}\n{"timestamp":1.0,"name":"c","context":{"n":1}}\n' },
        { key: 'job.0000.0000.0000.0006.eventlog', text: '{"timestamp":1.0,"name":"b"}\n' },
      ],
    ]);
  });

  test('collects what comes while a commit is in flight', async () => {
    const store = new Store();
    store.batch.append(job, event('a'));
    await settled();
    for (const name of ['b', 'c', 'd']) {
      store.batch.append(job, event(name));
      await settled();
    }
    expect(store.commits).toHaveLength(1);
    await store.letThrough();
    expect(store.commits).toHaveLength(2);
    expect(store.commits[1]![0]!.text.split('\n')).toHaveLength(4);
  });

  test('publishes transitions and runs completions after the commit', async () => {
    const store = new Store();
    let done = false;
    store.batch.append(job, event('a'));
    store.batch.transition(job, JobState.CLEANUP, 7);
    store.batch.afterCommit(() => {
      done = true;
    });
    await settled();
    expect([store.published, done]).toEqual([[], false]);
    await store.letThrough();
    expect([store.published, done]).toEqual([[[[5n, 'CLEANUP', 7]]], true]);
  });

  test('runs completions at once when there is nothing to write', async () => {
    const store = new Store();
    await new Promise<void>((resolve) => store.batch.afterCommit(resolve));
    expect(store.commits).toEqual([]);
  });

  test('is drained when all is written', async () => {
    const store = new Store();
    store.batch.append(job, event('a'));
    let drained = false;
    const waiting = store.batch.drained().then(() => {
      drained = true;
    });
    await settled();
    store.batch.append(job, event('b'));
    await store.letThrough();
    expect(drained).toBe(false);
    await store.letThrough();
    await waiting;
  });

  test('gives up, once, when a commit fails', async () => {
    const store = new Store();
    store.batch.append(job, event('a'));
    await settled();
    store.batch.append(job, event('b'));
    const error = new Error('no space');
    await store.fail(error);
    expect(store.errors).toEqual([error]);
    expect(store.commits).toHaveLength(1);
    await store.batch.drained();
  });
});
