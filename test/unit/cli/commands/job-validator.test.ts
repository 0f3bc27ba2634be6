import validator from '../../../../cli/commands/job-validator';
import { runCli } from '../../../support/command';

test.each([
  [['--plugins=feasibility', '--help'], '--feasibility-service=NAME'],
  [['--help', '--plugins=jobspec,schema'], '--schema=FILE'],
])('flux job-validator %j shows the options of its plugins', async (argv, option) => {
  const { status, stdout, stderr } = await runCli(validator, argv);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain(`\n  ${option}`);
});
