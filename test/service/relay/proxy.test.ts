import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import proxy from '../../../cli/commands/proxy';
import { FluxError, type ModuleContext } from '../../../core';
import { type TestInstance, testInstance } from '../../../core/testing';
import { type CommandResult, runCli } from '../../support/command';
import { fakeSshEnv, fluxCommand, sshUri } from './remote';

let t: TestInstance;
let tmp: string;
beforeAll(async () => {
  t = await testInstance({ connectors: true });
  tmp = fs.mkdtempSync(path.join(t.rundir, 'tmp-'));
});
afterAll(() => t.stop());

const run = (argv: string[], env: NodeJS.ProcessEnv = {}): Promise<CommandResult> =>
  runCli(proxy, argv, { env: { PATH: process.env['PATH'], TMPDIR: tmp, FLUX_LOCAL_CONNECTOR_RETRY_COUNT: '0', ...env } });

/** Runs a shell command line behind the proxy; gives what it wrote to stdout. */
async function output(words: string, uri = t.uri(), env: NodeJS.ProcessEnv = {}): Promise<string> {
  const file = path.join(tmp, 'out');
  expect(await run([uri, `(${words}) >${file}`], env)).toEqual({ status: 0, stdout: '', stderr: '' });
  const text = fs.readFileSync(file, 'utf8');
  fs.rmSync(file);
  return text;
}

test('commands reach the instance through a socket of the proxy’s, which is gone afterwards', async () => {
  const [uri, size] = (
    await output(`echo $FLUX_URI; ls -ld $(dirname \${FLUX_URI#local://}) | cut -c1-10; ${fluxCommand} getattr size`)
  ).split('\n');
  expect(uri).toMatch(new RegExp(`^local://${tmp}/flux-proxy-\\w{6}/local$`));
  expect(size).toBe('drwx------');
  expect(fs.readdirSync(tmp)).toEqual([]);
});

test('clients at the same time are kept apart, each with a route of its own', async () => {
  const ping = `${fluxCommand} ping -c 20 -i 0.001 broker`;
  const lines = (await output(`${ping} & ${ping} & ${ping} & wait`)).trim().split('\n');
  expect(lines.length).toBe(60);
  expect(new Set(lines.map((line) => /\((.*)\)/.exec(line)![1])).size).toBe(3);
});

test('a proxy behind a proxy, and one over ssh, are one more hop each', async () => {
  const ping = `${fluxCommand} ping -c 1 broker`;
  const hops = (text: string) => /\((.*)\)/.exec(text)![1]!.split('!').length;
  const once = hops(await output(ping));
  expect(hops(await output(`${fluxCommand} proxy $FLUX_URI '${ping}'`))).toBe(once + 1);
  expect(hops(await output(ping, sshUri(t), fakeSshEnv(t.rundir)))).toBe(once + 1);
});

test('a URI as a job publishes it is reached on its own host without ssh', async () => {
  const uri = t.uri().replace('local://', `ssh://${os.hostname()}`);
  expect(await output(`${fluxCommand} getattr rank`, uri, { FLUX_SSH: '/nonexistent' })).toBe('0\n');
});

test('a job stands for the instance that it is', async () => {
  const RUN = 16;
  const INACTIVE = 64;
  const uri = t.uri().replace('local://', `ssh://${os.hostname()}`);
  const jobs: Record<number, object> = {
    1: { id: 1, state: RUN, annotations: { user: { uri } } },
    2: { id: 2, state: INACTIVE, annotations: { user: { uri } } },
    3: { id: 3, state: RUN },
  };
  const main = (m: ModuleContext<unknown, unknown>) => {
    m.serve('list-id', ({ id }) => {
      const job = jobs[Number(id)];
      if (!job) throw new FluxError('ENOENT');
      return { job };
    });
  };
  await t.load(0, { name: 'job-list', api: 1, main });
  const env = { FLUX_URI: t.uri(), FLUX_SSH: '/nonexistent' };
  expect(await output(`${fluxCommand} getattr rank`, '0x1', env)).toBe('0\n');
  for (const [target, text] of [
    ['2', 'jobid 2 is not running'],
    ['f4', 'URI not found for job f4'],
    ['ƒ9', 'jobid ƒ9 not found'],
    ['2..', '2..: No such file or directory'],
  ] as const)
    expect(await run([target, 'true'], env)).toEqual({ status: 1, stdout: '', stderr: `flux-proxy: ${text}\n` });
});

test('its exit status is the program’s, and SHELL runs it', async () => {
  expect((await run([t.uri(), 'exit', '5'])).status).toBe(5);
  expect((await run([t.uri(), 'kill -9 $$'])).status).toBe(137);
  expect((await run([t.uri(), 'x'], { SHELL: '/bin/false' })).status).toBe(1);
  expect((await run([t.uri(), 'exit', '6'], { SHELL: '' })).status).toBe(6);
  expect(await run([t.uri()], { SHELL: '/nonexist' })).toEqual({
    status: 1,
    stdout: '',
    stderr: 'flux-proxy: /nonexist: No such file or directory\n',
  });
  expect(fs.readdirSync(tmp)).toEqual([]);
});

test('another version is refused unless forced; a suffix does not count', async () => {
  const text = 'proxy version 0.32.0 != broker version 0.0.1';
  await t.flux.setattr('version', '0.0.1');
  expect(await run([t.uri(), 'true'])).toEqual({
    status: 1,
    stdout: '',
    stderr: `flux-proxy: fatal: ${text} (--force to connect anyway)\n`,
  });
  expect(await run(['-f', t.uri(), 'true'])).toEqual({ status: 0, stdout: '', stderr: `flux-proxy: warning: ${text}\n` });
  await t.flux.setattr('version', '0.32.0-55-gabc');
  expect((await run([t.uri(), 'true'])).status).toBe(0);
  await t.flux.setattr('version', '0.32.0');
});

test('what can’t be opened is named', async () => {
  const stderr = 'flux proxy: URI argument is required\nUsage: flux proxy [OPTIONS] URI [COMMAND...]\n';
  expect(await run([])).toEqual({ status: 1, stdout: '', stderr });
  for (const uri of ['local:///nonexist/x', 'foo://x']) {
    expect(await run([uri, 'true'])).toEqual({ status: 1, stdout: '', stderr: `flux-proxy: ${uri}: No such file or directory\n` });
  }
  expect((await run(['ssh://host', 'true'])).stderr).toBe('flux-proxy: ssh://host: Invalid argument\n');
  expect((await run([t.uri(), 'true'], { TMPDIR: '/nonexist' })).stderr).toBe(
    'flux-proxy: /nonexist/flux-proxy-XXXXXX: No such file or directory\n',
  );
});
