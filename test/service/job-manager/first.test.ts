import { JobInstance } from './job-instance';

describe('the job manager', () => {
  let jobs: JobInstance;
  beforeAll(async () => {
    jobs = await JobInstance.start();
  });
  afterAll(() => jobs.stop());

  test('takes a job through its states', async () => {
    const id = await jobs.submit();
    await jobs.event(id, 'clean');
    expect(jobs.eventlog(id)).toEqual([
      'submit {"userid":0,"urgency":16,"flags":0}',
      'depend',
      'priority {"priority":16}',
      'alloc {"annotations":{"sched":{"resource_summary":"rank0/core0"}}}',
      'start',
      'finish {"status":0}',
      'release {"ranks":"all","final":true}',
      'free',
      'clean',
    ]);
  });
});
