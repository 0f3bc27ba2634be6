import job from '../../../../cli/commands/job';
import { runCli } from '../../../support/command';
import { goldenCases } from '../golden-cases';

const env = { LANG: 'C.UTF-8' };

describe('flux job id', () => {
  it.each(goldenCases(['job.id-']))('$name', async ({ case: one, argv }) => {
    const result = await runCli(job, argv, { env, stdin: one.stdin ?? '' });
    expect(result).toEqual({ status: one.exit, stdout: one.stdout ?? '', stderr: one.stderr ?? '' });
  });

  it('reads ids from standard input, a line each', async () => {
    expect((await runCli(job, ['id', '--to=f58'], { env, stdin: ' 1 \n2\n' })).stdout).toBe('ƒ2\nƒ3\n');
  });

  it('shows f58 with an f where the locale has no ƒ', async () => {
    expect((await runCli(job, ['id', '--to=f58', '1'], { env: { LC_ALL: 'C' } })).stdout).toBe('f2\n');
  });

  it('fails when there was no id', async () => {
    expect((await runCli(job, ['id'], { env })).status).toBe(1);
  });
});
