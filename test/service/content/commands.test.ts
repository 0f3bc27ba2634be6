import content from '../../../cli/commands/content';
import { blobrefOf } from '../../../core';
import { type TestInstance, testInstance } from '../../../core/testing';
import { type CommandResult, runCli } from '../../support/command';

const UNKNOWN = blobrefOf('nobody has this');

let instance: TestInstance;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  instance = await testInstance({ modules: ['content'] });
  await instance.load(0, 'content-sqlite');
  const uri = `local://${instance.rundir}/local-0`;
  await instance.flux.setattr('local-uri', uri);
  await instance.load(0, 'connector-local');
  env = { FLUX_URI: uri };
});
afterAll(() => instance.stop());

const flux = (line: string, stdin?: string): Promise<CommandResult> =>
  runCli(content, line.split(' ').filter(Boolean), { env, ...(stdin === undefined ? {} : { stdin }) });

test('store prints the reference of what it reads, load brings it back to the byte', async () => {
  const stored = await flux('store', 'hello\n');
  expect(stored).toMatchObject({ status: 0, stdout: `${blobrefOf('hello\n')}\n`, stderr: '' });
  for (const line of ['load', 'load -b', 'load --bypass-cache']) {
    await flux('flush');
    expect(await flux(`${line} ${blobrefOf('hello\n')}`)).toMatchObject({ status: 0, stdout: 'hello\n', stderr: '' });
  }
});

test.each([
  [`load ${UNKNOWN}`, 'flux-content: flux_content_load_get: No such file or directory\n'],
  ['load nonsense', 'flux-content: flux_content_load: Invalid argument\n'],
])('%s fails', async (line, stderr) => {
  expect(await flux(line)).toMatchObject({ status: 1, stdout: '', stderr });
});

test.each(['load', 'load a b', 'store x', 'flush x', 'dropcache x', 'spam', 'spam 1 2 3'])('%s shows its usage', async (line) => {
  expect(await flux(line)).toMatchObject({ status: 1, stdout: '', stderr: expect.stringMatching(/^Usage: flux content/) });
});

test.each(['flush', 'dropcache'])('the usage of %s alone ends in dots', async (name) => {
  expect((await flux(`${name} x`)).stderr).toBe(`Usage: flux content ${name} [OPTIONS]...\n`);
  expect((await flux('')).stderr).toContain(`   or: flux content ${name} [OPTIONS]\n`);
});

test.each([
  ['', 'flux content: missing subcommand\nUsage: flux content load [OPTIONS] BLOBREF\n'],
  ['frob', 'flux content: Unknown subcommand: frob\nUsage: flux content load [OPTIONS] BLOBREF\n'],
])('%p is no subcommand', async (line, stderr) => {
  expect(await flux(line)).toMatchObject({ status: 1, stderr: expect.stringContaining(stderr) });
});

test('flush and dropcache say nothing', async () => {
  for (const line of ['flush', 'dropcache']) expect(await flux(line)).toMatchObject({ status: 0, stdout: '', stderr: '' });
});

test('spam stores different blobs and prints their references', async () => {
  const { status, stdout } = await flux('spam 10 3');
  const refs = stdout.trim().split('\n');
  expect({ status, different: new Set(refs).size }).toEqual({ status: 0, different: 10 });
  expect((await flux(`load ${refs[9]}`)).stdout).toMatch(/^spam-o-matic pid=\d+ seq=\d+\0/);
});

test('without an instance there is nothing to open', async () => {
  const nowhere = { env: { FLUX_URI: 'local:///nonexistent/socket' } };
  expect(await runCli(content, ['flush'], nowhere)).toMatchObject({
    status: 1,
    stderr: 'flux-content: flux_open: No such file or directory\n',
  });
});
