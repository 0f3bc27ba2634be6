import jobs from '../../../../cli/commands/jobs';
import { runCli } from '../../../support/command';
import { inUtc } from '../../../support/zones';

describe('flux jobs -o', () => {
  inUtc();

  const pending = '"id": 1, "state": 8, "t_submit": 1600000000.5';
  const line = async (format: string, job: string) =>
    (await runCli(jobs, ['-n', '--from-stdin', '-o', format], { env: {}, stdin: `{${job}}\n` })).stdout;

  test.each([
    ['{annotations.sched.t_estimate!D:h}|{annotations.sched.t_estimate!D}', '-|', '2020-09-13T12:28:20|2020-09-13T12:28:20'],
    ['{sched.t_estimate!d:%H:%M}', '00:00', '12:28'],
    ['{sched.t_estimate!F:h}|{sched.t_estimate!F}', '-|', '1.852e+04d|1.852e+04d'],
    ['{sched.t_estimate!H:h}|{sched.t_estimate!H}', '-|', '18518 days, 12:28:20|18518 days, 12:28:20'],
    ['{annotations.sched.t_estimate:h}', '-', '1600000100.0'],
  ])('%s shows an estimate, and that there is none', async (format, none, shown) => {
    expect(await line(format, pending)).toBe(`${none}\n`);
    expect(await line(format, `${pending}, "annotations": {"sched": {}}`)).toBe(`${none}\n`);
    expect(await line(format, `${pending}, "annotations": {"sched": {"t_estimate": 1600000100.0}}`)).toBe(`${shown}\n`);
  });

  test("a field without a name can't be asked for", async () => {
    for (const format of ['{}', 'a{}b', '{id} {!d}']) {
      const { status, stdout, stderr } = await runCli(jobs, ['-o', format], { env: { FLUX_URI: 'local:///nowhere' } });
      expect({ status, stdout, stderr }).toEqual({
        status: 1,
        stdout: '',
        stderr: "flux-jobs: ERROR: Error in user format: Unknown format field: ''\n",
      });
    }
  });
});
