import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Flux } from '../../../core/handle';
import { testInstance } from '../../../core/testing';
import { fluxCommand } from './remote';
import { findSshd, Sshd } from './sshd';

const sshd = findSshd();

(sshd === undefined ? test.skip : test)('ssh:// reaches an instance through a real ssh (skipped where there is no sshd)', async () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-ssh-'));
  const server = await Sshd.start(sshd!, dir);
  const t = await testInstance({ size: 2, connectors: true });
  const env = { PATH: process.env['PATH'], FLUX_SSH: server.ssh, FLUX_SSH_RCMD: fluxCommand };
  const { username } = os.userInfo();
  const at = (host: string) => t.uri().replace('local://', `ssh://${host}:${server.port}`);

  const flux = await Flux.open(at(`${username}@127.0.0.1`), { env });
  const pad = 'x'.repeat(300_000);
  const pongs = await Promise.all([0, 1].map((nodeid) => flux.rpc<{ pad: string }>('broker.ping', { pad }, { nodeid })));
  for (const pong of pongs) expect(pong.pad).toBe(pad);
  const events = await flux.events('far');
  await t.flux.publish('far.away');
  expect((await events.next()).value?.topic).toBe('far.away');
  flux.close();
  await expect(Flux.open(`${at(`${username}@127.0.0.1`)}x`, { env })).rejects.toMatchObject({ code: 'ECONNRESET' });

  await t.stop();
  await server.stop();
  fs.rmSync(dir, { recursive: true });
});
