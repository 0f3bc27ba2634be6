import jobs from '../../../../cli/commands/jobs';
import { runCli } from '../../../support/command';

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
