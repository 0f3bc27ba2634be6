import { JobState } from '../../../core';
import { InactiveJobs } from '../../../plugins/job-list/inactive';
import { ListJob } from '../../../plugins/job-list/job';

function job(id: number, ended: number): ListJob {
  return Object.assign(new ListJob(BigInt(id)), { state: JobState.INACTIVE, t_inactive: ended, name: `job${id}` });
}

describe('finished jobs', () => {
  const ids = (jobs: Iterable<ListJob>) => [...jobs].map(({ id }) => Number(id));

  test('stand in the order of their end, however late one of them is added', () => {
    const jobs = new InactiveJobs();
    for (const [id, ended] of [
      [1, 30],
      [2, 10],
      [3, 20],
    ] as const)
      jobs.put(job(id, ended));
    jobs.sort();
    jobs.put(job(4, 40));
    jobs.put(job(5, 35));
    jobs.put(job(6, 5));
    jobs.put(job(7, 40));
    expect(ids(jobs.select())).toEqual([7, 4, 5, 1, 3, 2, 6]);
    expect(ids(jobs.select({ since: 35 }))).toEqual([7, 4]);
    for (const id of [1, 2, 3, 4, 5, 6, 7]) expect(jobs.find(BigInt(id))).toMatchObject({ id: BigInt(id), name: `job${id}` });
  });
});
