import type { Job } from '../../../plugins/job-manager/job';
import { preempted } from '../../../plugins/job-manager/preemption';
import { JobQueue, outranks } from '../../../plugins/job-manager/queue';
import { queued } from './jobs';

const ids = (jobs: Iterable<Job>) => [...jobs].map((job) => Number(job.id));

/** A small generator of numbers, the same each time for a seed. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

describe('the queue', () => {
  test('has the highest priority first, then the lowest id', () => {
    const queue = new JobQueue();
    for (const job of [queued(3, 16), queued(1, 16), queued(2, 31), queued(4, 0)]) queue.insert(job);
    expect(ids(queue)).toEqual([2, 1, 3, 4]);
    expect(queue.first?.id).toBe(2n);
    expect(queue.length).toBe(4);
  });

  test('takes a job once, and gives it back once', () => {
    const queue = new JobQueue();
    const job = queued(1, 16);
    queue.insert(job);
    queue.insert(job);
    expect(ids(queue)).toEqual([1]);
    expect([queue.remove(job), queue.remove(job), queue.has(job)]).toEqual([true, false, false]);
  });

  test('keeps its order whatever happens to priorities', () => {
    const seed = 20261123;
    const next = random(seed);
    const queue = new JobQueue();
    const jobs = Array.from({ length: 50 }, (_, i) => queued(i, Math.floor(next() * 32)));
    for (let step = 0; step < 2000; step++) {
      const job = jobs[Math.floor(next() * jobs.length)]!;
      const what = next();
      if (what < 0.4) queue.insert(job);
      else if (what < 0.6) queue.remove(job);
      else {
        job.priority = Math.floor(next() * 32);
        queue.reposition(job);
      }
      const expected = jobs.filter((one) => queue.has(one)).sort((a, b) => (outranks(a, b) ? -1 : 1));
      if (step % 50 === 0) expect(ids(queue)).toEqual(ids(expected));
    }
  });
});

describe('preemption', () => {
  /** `cancelled`: ids of outstanding requests that were cancelled before. */
  function victims(waiting: [number, number][], outstanding: [number, number][], cancelled: number[] = []): number[] {
    const queue = new JobQueue();
    for (const [id, priority] of waiting) queue.insert(queued(id, priority));
    const jobs = outstanding.map(([id, priority]) => queued(id, priority));
    for (const job of jobs) job.allocCancelled = cancelled.includes(Number(job.id));
    return ids(preempted(queue, jobs));
  }

  test('takes the lowest outstanding request for the highest queued job, pairwise', () => {
    expect(
      victims(
        [[5, 31]],
        [
          [1, 20],
          [2, 16],
        ],
      ),
    ).toEqual([2]);
    expect(
      victims(
        [
          [5, 31],
          [6, 30],
        ],
        [
          [1, 20],
          [2, 16],
        ],
      ),
    ).toEqual([2, 1]);
    expect(
      victims(
        [
          [5, 31],
          [6, 18],
        ],
        [
          [1, 20],
          [2, 16],
        ],
      ),
    ).toEqual([2]);
  });

  test('leaves alone what is not outranked', () => {
    expect(victims([], [[1, 20]])).toEqual([]);
    expect(victims([[5, 16]], [[1, 16]])).toEqual([]);
    expect(victims([[5, 0]], [[1, 16]])).toEqual([]);
    expect(victims([[1, 16]], [[5, 16]])).toEqual([5]);
  });

  test('does not take more when a request is on its way back already', () => {
    expect(
      victims(
        [[5, 31]],
        [
          [1, 20],
          [2, 16],
        ],
        [2],
      ),
    ).toEqual([]);
    expect(
      victims(
        [
          [5, 31],
          [6, 30],
        ],
        [
          [1, 20],
          [2, 16],
        ],
        [2],
      ),
    ).toEqual([1]);
  });
});
