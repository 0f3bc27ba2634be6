import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { RemoteProcess } from '../../../core/subprocess';
import { signals } from '../../../core/sys/signals';
import { type TestInstance, testInstance } from '../../../core/testing';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-hosts-'));
let t: TestInstance;
beforeAll(async () => {
  t = await testInstance({ attributes: { 'conf.exec_path': folder } });
});
afterAll(async () => {
  await t.stop();
  fs.rmSync(folder, { recursive: true });
});

/** A program and, if given, its host, as shell scripts. */
function program(name: string, text: string, host?: string): string {
  const file = path.join(folder, name);
  fs.writeFileSync(file, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  if (host !== undefined) fs.writeFileSync(`${file}-host`, `#!${process.execPath}\n${host}\n`, { mode: 0o755 });
  return file;
}

async function run(argv: string[], opts: Record<string, string> = {}): Promise<{ status: number; output: string; pid: number }> {
  let output = '';
  const remote = new RemoteProcess(
    t.flux,
    0,
    { argv, cwd: '/', env: { PATH: process.env['PATH']! }, opts },
    {
      onOutput: (stream, data) => {
        output += `${stream}: ${data}`;
      },
    },
  );
  const status = await remote.completed;
  return { status, output, pid: remote.pid! };
}

/** A host that answers each run with what `report` (JavaScript, of `run`) gives. */
const answering = (reports: string) => `
const net = require('node:net');
const socket = new net.Socket({ fd: 3 });
let rest = '';
socket.on('end', () => process.exit(0));
socket.on('data', (chunk) => {
  const lines = (rest + chunk).split('\\n');
  rest = lines.pop();
  for (const run of lines.map((line) => JSON.parse(line)).filter(({ op }) => op === 'run'))
    for (const report of ${reports}) socket.write(JSON.stringify({ id: run.id, ...report }) + '\\n');
});`;

describe('a program with a host', () => {
  test("is run by it: the process that clients see is the host's account of it", async () => {
    const file = program(
      'hosted',
      'echo own',
      answering(`[
      { op: 'accept' },
      { op: 'output', stream: 'stdout', data: Buffer.from('ran ' + run.argv[1] + ' in ' + run.cwd + '\\n').toString('base64') },
      { op: 'exit', status: 768 }]`),
    );
    const { status, output, pid } = await run([file, '5']);
    expect([status, output]).toEqual([768, 'stdout: ran 5 in /\n']);
    expect(pid).toBeGreaterThan(2 ** 22);
  });

  test('gets a process of its own where the host declines, and where more is asked than a host can give', async () => {
    const file = program('declined', 'echo own $#', answering(`[{ op: 'decline' }]`));
    expect(await run([file, '5'])).toMatchObject({ status: 0, output: 'stdout: own 1\n' });
    expect(await run([file, '5', '6'])).toMatchObject({ output: 'stdout: own 2\n' });
    expect(await run([file, '5'], { stdout_LINE_BUFFER: 'false' })).toMatchObject({ output: 'stdout: own 1\n' });
  });

  test('gets a process of its own where the host does not start or ends before it has run anything', async () => {
    const dying = program('dying', 'echo own', 'process.exit(1)');
    for (let i = 0; i < 2; i++) expect(await run([dying, '5'])).toMatchObject({ status: 0, output: 'stdout: own\n' });
    const broken = program('broken', 'echo own');
    fs.writeFileSync(`${broken}-host`, '#!/nosuchinterpreter\n', { mode: 0o755 });
    expect(await run([broken, '5'])).toMatchObject({ status: 0, output: 'stdout: own\n' });
  });

  test('is gone, host or not, when its file is', async () => {
    const file = program('removed', 'echo own', answering(`[{ op: 'accept' }, { op: 'exit', status: 0 }]`));
    expect((await run([file, '5'])).output).toBe('');
    fs.rmSync(file);
    await expect(run([file, '5'])).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

test('a run that is killed while its host is stuck ends at once', async () => {
  const file = program('stuck', 'echo own', answering(`[{ op: 'accept' }]`));
  const remote: RemoteProcess = new RemoteProcess(
    t.flux,
    0,
    { argv: [file, '5'], cwd: '/', env: { PATH: process.env['PATH']! } },
    { onRunning: () => void remote.kill(signals.SIGKILL) },
  );
  expect(await remote.completed).toBe(9);
});
