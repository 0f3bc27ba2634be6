import jobs from '../../../../cli/commands/jobs';
import { runCli } from '../../../support/command';
import { inUtc } from '../../../support/zones';
import { goldenCases, masked } from '../golden-cases';

describe('recorded command lines of flux jobs that need no instance', () => {
  inUtc();

  it.each(goldenCases(['jobs.']))('$name', async ({ case: one, argv }) => {
    const result = await runCli(jobs, argv, { env: { LANG: 'C.UTF-8', ...one.env }, stdin: one.stdin ?? '' });
    expect(result.status).toBe(one.exit);
    if (one.stdout_mode === undefined) expect(masked(result.stdout, one)).toBe(one.stdout ?? '');
    if (one.stderr_mode === undefined) expect(result.stderr).toBe(one.stderr ?? '');
  });
});
