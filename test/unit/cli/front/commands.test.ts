import { defineCommand } from '../../../../cli/command';
import admin from '../../../../cli/commands/admin';
import env from '../../../../cli/commands/env';
import help, { helpEntries } from '../../../../cli/commands/help';
import module from '../../../../cli/commands/module';
import python from '../../../../cli/commands/python';
import version from '../../../../cli/commands/version';
import { runCli } from '../../../support/command';

const hello = defineCommand({
  name: 'hello',
  summary: 'Greet',
  details: 'Says hello to whoever is there.',
  examples: [['Greet the world', 'flux hello world']],
  usage: 'flux-hello NAME',
  run: () => {},
});

test('env prints what the front end has set', async () => {
  const { stdout, status } = await runCli(env, [], { frontEnv: { MANPATH: '/m:', FLUX_KVS_NAMESPACE: undefined, FLUX_URI: 'local:///x' } });
  expect([status, stdout]).toEqual([0, 'export MANPATH="/m:"\nexport FLUX_URI="local:///x"\n']);
});
test('env runs a command in its place', async () => {
  const calls: unknown[] = [];
  const exec = async (...args: unknown[]) => {
    calls.push(args);
    return 7;
  };
  expect((await runCli(env, ['sh', '-c', 'x'], { exec })).status).toBe(7);
  expect(calls).toEqual([['sh', ['sh', '-c', 'x']]]);
  expect(await runCli(env, ['nosuch'])).toEqual({ status: 1, stdout: '', stderr: 'flux: execvp (nosuch): No such file or directory\n' });
});
test('python gets exactly its arguments', async () => {
  const exec = async (file: string, argv: string[]) => {
    expect([file, argv]).toEqual(['python3', ['python3', '-h', '--', 'a']]);
    return 0;
  };
  expect((await runCli(python, ['-h', '--', 'a'], { exec })).status).toBe(0);
});
test('version outside an instance', async () => {
  const { stdout } = await runCli(version, ['ignored']);
  expect(stdout).toMatch(
    /^commands: {4}\t\t0\.32\.0\nlibflux-core:\t\t0\.32\.0\nbuild-options:\t\t\+flux-ts==\d+\.\d+\.\d+\+node==[\d.]+\n$/,
  );
});
test('version and help take --help, and no other option', async () => {
  for (const command of [version, help]) {
    const full = `flux ${command.name}`;
    const shown = await runCli(command, ['-h']);
    expect([shown.status, shown.stdout]).toEqual([0, '']);
    expect(shown.stderr.split('\n').slice(0, 2)).toEqual([expect.stringContaining(`Usage: ${full} `), command.summary]);
    expect(await runCli(command, ['--nope'])).toEqual({
      status: 1,
      stdout: '',
      stderr: `${full}: unrecognized option '--nope'\nTry \`${full} --help' for more information.\n`,
    });
  }
});
test('help shows the page of a command', async () => {
  const { stdout, status } = await runCli(help, ['hello'], { commands: [hello] });
  expect(status).toBe(0);
  expect(stdout).toBe(
    'flux-hello(1)\n\nNAME\n   flux-hello - Greet\n\nUSAGE\n   Usage: flux-hello NAME\n\nDESCRIPTION\n   Says hello to whoever is there.\n\n' +
      'EXAMPLES\n   Greet the world\n\n      $ flux hello world\n',
  );
});
test('help shows all sub-commands of a command, or one, and says which is none', async () => {
  const pages = (...argv: string[]) => runCli(help, argv, { commands: [admin, module] });
  const all = (await pages('module')).stdout;
  for (const name of ['list', 'remove', 'load', 'reload', 'info', 'stats', 'debug'])
    expect(all).toContain(`\nflux-module ${name}\n   Usage: flux-module ${name} [OPTIONS]`);
  const one = (await pages('flux-admin', 'cleanup-push')).stdout;
  expect(one).toContain('USAGE\n   usage: flux-admin cleanup-push [-h] ...\n');
  expect(await pages('module', 'unload')).toEqual({ status: 1, stdout: '', stderr: 'flux: flux module has no sub-command unload\n' });
});
test('help lets the programs that are no commands explain themselves', async () => {
  const calls: unknown[] = [];
  const exec = async (file: string, argv: string[], env?: NodeJS.ProcessEnv) => {
    calls.push([file, argv, env?.['PATH']]);
    return 0;
  };
  expect((await runCli(help, ['flux-broker'], { exec, env: { FLUX_EXEC_PATH: '/x:/y', PATH: '/bin' } })).status).toBe(0);
  expect(calls).toEqual([['flux-broker', ['broker', '--help'], '/x:/y:/bin']]);
});
test('help hands other topics to man', async () => {
  const exec = async (_file: string, argv: string[]) => {
    expect(argv).toEqual(['man', 'flux_open']);
    return 3;
  };
  expect((await runCli(help, ['flux_open'], { exec })).status).toBe(3);
  expect(await runCli(help, ['nope'])).toEqual({ status: 16, stdout: '', stderr: 'flux: no command and no manual page flux-nope\n' });
});
test('the list has one entry a command, sorted, without hidden ones', () => {
  expect(helpEntries([version, hello, python])).toEqual([
    { category: 'core', command: 'hello', description: 'Greet' },
    { category: 'core', command: 'version', description: version.summary },
  ]);
});
