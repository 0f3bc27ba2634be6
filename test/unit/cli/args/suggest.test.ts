import { suggestion } from '../../../../cli/args/suggest';
import dmesg from '../../../../cli/commands/dmesg';
import jobs from '../../../../cli/commands/jobs';
import mini from '../../../../cli/commands/mini';
import module from '../../../../cli/commands/module';
import { runCli } from '../../../support/command';

test.each([
  ['mni', 'mini'],
  ['minni', 'mini'],
  ['job', 'jobs'],
  ['resuorce', 'resource'],
])('%s is close to %s', (typed, name) => {
  expect(suggestion(typed, ['version', 'mini', 'jobs', 'resource'])).toBe(`Did you mean '${name}'?`);
});

test.each(['', 'x', 'frob', 'mini-batch'])('%j is close to nothing', (typed) => {
  expect(suggestion(typed, ['version', 'mini', 'jobs', 'resource'])).toBeUndefined();
});

test('of several names the closest is meant, the first of those that are as close', () => {
  expect(suggestion('--wait', ['--watch', '--waits', '--waiz'])).toBe("Did you mean '--waits'?");
});

describe('a line behind the error says what was probably meant', () => {
  test('by a long option of a C command', async () => {
    const unrecognized = (option: string) =>
      `flux dmesg: unrecognized option '${option}'\nTry \`flux dmesg --help' for more information.\n`;
    expect((await runCli(dmesg, ['--claer'])).stderr).toBe(`${unrecognized('--claer')}Did you mean '--clear'?\n`);
    expect((await runCli(dmesg, ['--nope'])).stderr).toBe(unrecognized('--nope'));
    expect((await runCli(dmesg, ['-x'])).stderr).toBe(unrecognized('-x'));
  });

  test('by a sub-command', async () => {
    const { status, stderr } = await runCli(module, ['lits']);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^flux-module: Unknown subcommand: lits\nUsage: .*\nDid you mean 'list'\?\n$/s);
    expect((await runCli(module, ['unloda'])).stderr).not.toContain('Did you mean'); // a hidden one
    expect((await runCli(module, [])).stderr).not.toContain('Did you mean');
  });

  test('by a long option of a Python command or its sub-command', async () => {
    expect((await runCli(jobs, ['--colour=never'])).stderr).toMatch(
      /^usage: .*\nflux-jobs: error: unrecognized arguments: --colour=never\nDid you mean '--color'\?\n$/s,
    );
    expect((await runCli(mini, ['run', '--jobname=x', 'true'])).stderr).toMatch(/: --jobname=x\nDid you mean '--job-name'\?\n$/);
    expect((await runCli(jobs, ['--nope'])).stderr).not.toContain('Did you mean');
  });
});
