import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { findSshd, Sshd } from '../service/relay/sshd';
import { FluxInstance, plainEnvironment, type Ran, runProgram } from '../support/shell';
import { flux, start, testWith } from './processes';

const sshd = findSshd();
const overSsh = (name: string, body: () => Promise<void>) => testWith(sshd !== undefined, 'there is no sshd to be run', name, body);

let dir: string;
let server: Sshd;
let instance: FluxInstance;
beforeAll(async () => {
  if (sshd === undefined) return;
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-ssh-'));
  server = await Sshd.start(sshd, dir);
  instance = await FluxInstance.start(2, dir);
});
afterAll(async () => {
  if (sshd === undefined) return;
  await instance.stop();
  await server.stop();
  fs.rmSync(dir, { recursive: true });
});

// Whatever the host's name, ssh goes to our own sshd.
const environment = () => {
  const ssh = path.join(dir, 'any-host');
  fs.writeFileSync(ssh, `#!/bin/sh\nexec ${server.ssh} -o HostName=127.0.0.1 -p ${server.port} "$@"\n`, { mode: 0o755 });
  return { ...plainEnvironment(dir), TMPDIR: dir, FLUX_SSH: ssh };
};
const remote = (uri = instance.uri) => uri.replace('local://', `ssh://${os.userInfo().username}@far.example`);
const proxy = (words: string[], stdin = ''): Promise<Ran> => runProgram([flux, 'proxy', ...words], { cwd: dir, env: environment(), stdin });

overSsh('flux proxy runs a command in an instance behind ssh, and returns what it returns', async () => {
  const line = 'flux getattr size; flux exec -n -r1 flux getattr rank; flux mini run -n2 echo job; exit 5';
  expect(await proxy([remote(), line])).toMatchObject({ status: 5, stdout: '2\n1\njob\njob\n', stderr: '' });
  expect((await proxy([remote(), 'kill -9 $$'])).status).toBe(137);
});

overSsh('without a command it is a shell, which reads its standard input', async () => {
  const script =
    'echo $FLUX_URI\nflux event sub -c1 far >events &\nuntil flux event pub -l far.x && test -s events; do :; done\nwait\ncat events\nexit 3\n';
  const { status, stdout, stderr } = await proxy([remote()], script);
  expect({ status, stderr }).toEqual({ status: 3, stderr: '' });
  expect(stdout).toMatch(new RegExp(`^local://${dir}/flux-proxy-\\w{6}/local\\nfar\\.x\\t\\n$`));
  expect(fs.readdirSync(dir).filter((name) => name.startsWith('flux-proxy'))).toEqual([]);
});

overSsh('the URI that a job publishes of its own instance is reached', async () => {
  const inner = await runProgram(
    ['sh', '-c', 'id=$(flux mini batch -n1 --wrap sleep 100) && flux job wait-event $id memo >&2; flux jobs -no {user.uri} $id; echo $id'],
    { cwd: dir, env: { ...environment(), FLUX_URI: instance.uri } },
  );
  const [uri, id] = inner.stdout.trim().split('\n') as [string, string];
  expect([uri, inner.stderr]).toEqual([expect.stringMatching(/^ssh:\/\/.*\/local-0$/), expect.anything()]);
  expect(await proxy([uri, 'flux getattr instance-level'])).toMatchObject({ status: 0, stdout: '1\n', stderr: '' });
  await runProgram([flux, 'job', 'cancel', id], { cwd: dir, env: { ...environment(), FLUX_URI: instance.uri } });
});

overSsh('a relay that finds no broker is named, and so is a connection that breaks', async () => {
  const nowhere = `${remote()}x`;
  expect(await proxy([nowhere, 'true'])).toMatchObject({
    status: 1,
    stdout: '',
    stderr: `flux-relay: ${instance.uri}x: No such file or directory\nflux-proxy: ${nowhere}: Connection reset by peer\n`,
  });
  const other = await FluxInstance.start(1, dir);
  const fifo = path.join(dir, 'up');
  await runProgram(['mkfifo', fifo], { cwd: dir, env: {} });
  const uri = remote(other.uri);
  const running = start([flux, 'proxy', uri, `echo >${fifo}; cat ${fifo}; exit 4`], { cwd: dir, env: environment() });
  await fs.promises.readFile(fifo);
  await other.stop();
  fs.writeFileSync(fifo, 'bye\n');
  const { status, stdout, stderr } = await running.ended;
  expect([status, stdout]).toEqual([4, 'bye\n']);
  expect(stderr).toContain(`flux-proxy: ${uri}: Connection reset by peer\n`);
});
