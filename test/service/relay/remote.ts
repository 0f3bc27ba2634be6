import fs from 'node:fs';
import path from 'node:path';
import { Flux } from '../../../core/handle';
import type { TestInstance } from '../../../core/testing';

/** A shell command line that runs a flux of some commands, built from this tree. */
export const fluxCommand = `${process.execPath} ${path.join(__dirname, 'fixtures/flux.js')}`;

/** Environment in which ssh:// needs no other host: the command is run by a shell, as sshd does. */
export function fakeSshEnv(dir: string): Record<string, string | undefined> {
  const ssh = path.join(dir, 'ssh');
  fs.writeFileSync(ssh, '#!/bin/sh\n[ "$1" = -p ] && shift 2\nshift\nexec /bin/sh -c "$*"\n', { mode: 0o755 });
  return { PATH: process.env['PATH'], FLUX_SSH: ssh, FLUX_SSH_RCMD: fluxCommand };
}

export const sshUri = (t: TestInstance): string => t.uri().replace('local://', 'ssh://me@localhost:22');

/** A handle through ssh and a relay. */
export const openRemote = (t: TestInstance, env = fakeSshEnv(t.rundir)): Promise<Flux> => Flux.open(sshUri(t), { env });
