import { golden } from '../../unit/formats/golden';
import { JobInstance } from '../job-manager/job-instance';

interface Rejected {
  'attributes.system': { dependencies: { scheme: string; value: string }[] };
  errno: string;
  error: string;
}
const { cases } = golden<{ rejected_at_submission: { cases: Rejected[] } }>('jobs.json').rejected_at_submission;
const shown = ({ 'attributes.system': { dependencies } }: Rejected) => dependencies.map(({ scheme, value }) => `${scheme}:${value}`).join();

describe('a job with a dependency that cannot be is rejected as recorded, and leaves nothing behind:', () => {
  let jobs: JobInstance;
  beforeAll(async () => {
    jobs = await JobInstance.start();
  });
  afterAll(() => jobs.stop());

  const directories = () => [...jobs.kvs.values.keys()].filter((key) => key.startsWith('job.'));

  test.each(cases.map((one) => [shown(one), one] as const))('%s', async (_, { 'attributes.system': system, errno, error }) => {
    const before = directories();
    await expect(jobs.submit({ system })).rejects.toMatchObject({ code: errno, message: error });
    await jobs.settled();
    expect(directories()).toEqual(before);
  });

  test('a job that is at its end already', async () => {
    const id = await jobs.submit();
    await jobs.event(id, 'clean');
    await jobs.settled();
    const before = directories();
    const dependencies = [{ scheme: 'afternotok', value: String(id) }];
    const error = cases.at(-1)!.error.replace(cases.at(-1)!['attributes.system'].dependencies[0]!.value, String(id));
    await expect(jobs.submit({ system: { dependencies } })).rejects.toMatchObject({ code: 'EINVAL', message: error });
    await jobs.settled();
    expect(directories()).toEqual(before);
  });
});
