import type { CommandContext } from '../../../cli/command';
import terminus from '../../../cli/commands/terminus';
import { serve } from '../../../cli/commands/terminus/daemon';
import { userId } from '../../../core/sys/credentials';
import { type TestInstance, testInstance } from '../../../core/testing';
import { runCli } from '../../support/command';

const T = `${userId()}-terminus`;
let t: TestInstance;
let served: Promise<void> | undefined;

beforeAll(async () => {
  t = await testInstance({ connectors: true });
});
afterEach(async () => {
  await run(['kill-server']);
  await served;
  served = undefined;
});
afterAll(() => t.stop());

const run = (argv: string[], stdin = '', env: NodeJS.ProcessEnv = {}) =>
  runCli(terminus, argv, { stdin, env: { PATH: process.env['PATH'], SHELL: '/bin/sh', FLUX_URI: t.uri(), ...env } });

/** A server in this process, as `flux terminus start` runs one in a process of its own. */
async function startServer(): Promise<void> {
  const flux = await t.open();
  const ctx = { env: { PATH: process.env['PATH'], SHELL: '/bin/sh' }, cwd: t.rundir } as unknown as CommandContext;
  await new Promise<void>((resolve, reject) => {
    served = serve(ctx, flux, T, (error) => (error ? reject(new Error(error)) : resolve())).finally(() => flux.close());
  });
}

const failure = (text: string) => ({ status: 1, stdout: '', stderr: `flux-terminus: ${text}\n` });

test('sessions are started, listed in words, and killed', async () => {
  await startServer();
  expect((await run(['list'])).stdout).toMatch(/^\S+ at \S+ running on rank 0 since .*\nno sessions\n$/);
  expect(await run(['start', '-d', '-n', 'foo', 'sleep', '100'])).toEqual({ status: 0, stdout: '', stderr: '' });
  const one = (await run(['list'])).stdout;
  expect(one).toMatch(
    new RegExp(`^server at ${T} running on rank 0 since \\w{3} \\w{3} .* \\d{4}\n1 current session:\n0: \\[foo\\] 0 clients \\(created `),
  );
  await run(['start', '-d', 'cat']);
  expect((await run(['list'])).stdout).toMatch(/\n2 current sessions:\n0: \[foo\] .*\n1: \[cat\] /);
  expect((await run(['kill', '0'])).status).toBe(0);
  expect(await run(['kill', '7'])).toEqual(failure('kill failed: No such file or directory'));
  expect((await run(['list'])).stdout).toMatch(/\n1 current session:\n1: \[cat\] /);
});

test('the server goes with its last session, at once', async () => {
  await startServer();
  await run(['start', '-d', 'cat']);
  await run(['kill', '0']);
  expect(await run(['list'])).toEqual(failure(`no server running at ${T}`));
});

test('attach shows a session; the exit status is its program’s', async () => {
  await startServer();
  await run(['start', '-d', 'sh', '-c', 'echo hello; exit 3']);
  const { status, stdout } = await run(['attach', '0']);
  expect(status).toBe(3);
  expect(stdout).toBe('\x1b[2J\x1b[;Hhello\r\n\x1b[999H[detached: session exiting]\x1b[K\n\r');
  await startServerAgain();
  await run(['start', '-d', 'sh', '-c', 'kill -9 $$']);
  expect((await run(['attach', '0'])).status).toBe(137);
});

async function startServerAgain(): Promise<void> {
  await served;
  await startServer();
}

test('start attaches, and what is typed reaches the program', async () => {
  await startServer();
  const { status, stdout } = await run(['start', 'sh', '-c', 'read x; echo "got <$x>"; exit 4'], 'typed\n');
  expect(status).toBe(4);
  expect(stdout).toContain('got <typed>\r\n');
});

test('a pipe only types, then detaches', async () => {
  await startServer();
  await run(['start', '-d', 'sh', '-c', 'read a; read b; exit $((a + b))']);
  expect(await run(['attach', '-p', '0'], '30\n')).toEqual({ status: 0, stdout: '', stderr: '' });
  expect((await run(['attach', '0'], '12\n')).status).toBe(42);
});

test('a program that can’t be run is named, twice', async () => {
  await startServer();
  expect(await run(['start', '-d', '/no/such'])).toEqual(
    failure('new session: failed to run /no/such: No such file or directory\nflux-terminus: Failed to start new session'),
  );
});

test('without a server, and with wrong words, the texts are the contract’s', async () => {
  expect(await run(['list'])).toEqual(failure(`no server running at ${T}`));
  expect(await run(['kill-server'])).toEqual(failure(`no server running at ${T}`));
  expect(await run(['kill', '0'])).toEqual(failure(`kill: no server running at ${T}`));
  expect(await run(['attach', '0'])).toEqual(failure(`Invalid session or server at ${T}.0`));
  expect(await run(['start', '-r', '0'])).toEqual(failure('Unable to start a new server with --rank option'));
  for (const sub of ['start', 'attach']) {
    const nested = await run([sub, '0'], '', { FLUX_TERMINUS_SESSION: '0' });
    expect(nested).toEqual(failure('Nesting flux-terminus sessions not supported'));
  }
  const usage = 'Usage: flux-terminus attach [OPTIONS] ID\n';
  expect((await run(['attach'])).stderr).toBe(`flux-terminus attach: session ID required\n${usage}`);
  for (const id of ['x', '-1']) {
    expect((await run(['attach', '--', id])).stderr).toBe(`flux-terminus attach: session ID must be an integer\n${usage}`);
  }
});
