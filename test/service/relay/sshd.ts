import fs from 'node:fs';
import path from 'node:path';
import { spawnProcess } from '../../../core/sys/spawn';
import { Daemon } from '../../support/daemon';
import { freePort } from '../../support/free-port';

/** Path of sshd where it can be run on this machine: as root it wants its folder (Debian makes it when the service starts). */
export function findSshd(): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin'];
  if (process.getuid!() === 0 && !fs.existsSync('/run/sshd')) return undefined;
  if (!folders.some((folder) => fs.existsSync(path.join(folder, 'ssh-keygen')))) return undefined;
  return folders.map((folder) => path.join(folder, 'sshd')).find((file) => fs.existsSync(file));
}

/** An sshd of our own on the loopback, which lets only our own key in. */
export class Sshd {
  /** A program that is ssh with this server's key: for FLUX_SSH. */
  readonly ssh: string;
  readonly port: number;
  readonly #daemon: Daemon;

  private constructor(daemon: Daemon, ssh: string, port: number) {
    this.#daemon = daemon;
    this.ssh = ssh;
    this.port = port;
  }

  static async start(sshd: string, dir: string): Promise<Sshd> {
    for (const key of ['host', 'user']) {
      const argv = ['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', path.join(dir, key)];
      await spawnProcess({ argv, env: process.env }).exited;
    }
    const port = await freePort();
    const config = [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${dir}/host`,
      `AuthorizedKeysFile ${dir}/user.pub`,
      'StrictModes no',
      'PermitRootLogin yes',
      'PidFile none',
    ];
    fs.writeFileSync(path.join(dir, 'sshd_config'), `${config.join('\n')}\n`);
    const ssh = path.join(dir, 'ssh');
    const options = `-F /dev/null -i ${dir}/user -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR`;
    fs.writeFileSync(ssh, `#!/bin/sh\nexec ssh ${options} "$@"\n`, { mode: 0o755 });
    const argv = [sshd, '-D', '-e', '-f', path.join(dir, 'sshd_config')];
    return new Sshd(await Daemon.start(argv, 'Server listening'), ssh, port);
  }

  stop(): Promise<void> {
    return this.#daemon.stop();
  }
}
