import module from '../../../cli/commands/module';
import { type TestInstance, testInstance } from '../../../core/testing';
import { type CommandResult, runCli } from '../../support/command';

let t: TestInstance;
beforeAll(async () => {
  t = await testInstance({ size: 2, connectors: true, modules: ['heartbeat'] });
});
afterAll(() => t.stop());

const run = (...argv: string[]): Promise<CommandResult> =>
  runCli(module, argv, { env: { FLUX_URI: t.uri(), FLUX_MODULE_PATH: '/nonexist' } });
const refusal = (stderr: string) => ({ status: 1, stdout: '', stderr });

test('a rank that is no number is refused before anything is asked', async () => {
  for (const name of ['load', 'remove', 'reload']) {
    expect(await run(name, '-r', 'x', 'heartbeat')).toEqual(
      refusal(`flux-module ${name}: ${name}: Option 'rank' requires an integer argument\n`),
    );
  }
});

test('stats takes the types int and double', async () => {
  expect(await run('stats', '-t', 'float', 'heartbeat')).toEqual(refusal('flux-module: invalid type: float: use int or double\n'));
  expect((await run('stats', '-R', '-p', 'maxrss', '-t', 'double', '-s', '0', 'heartbeat')).stdout).toBe('0\n');
  expect((await run('stats', '-R', '-p', 'utime', '-t', 'int', '-s', '0', 'heartbeat')).stdout).toBe('0\n');
  expect((await run('stats', '-t', 'double', 'heartbeat')).stdout).toBe('0.000000\n');
});
