import fs from 'node:fs';
import { realUserId, userName } from '../sys/credentials';
import { FluxError, isErrno, toFluxError } from '../sys/errors';
import { searchPath } from '../sys/pathsearch';
import { type Child, spawnProcess } from '../sys/spawn';
import { isThisHost } from '../sys/this-host';
import { awaitWelcome } from './handshake';
import { JoinedStream } from './joined-stream';
import { connectLocal } from './local';
import { StreamTransport } from './stream';
import type { Transport } from './transport';

type Env = Readonly<Record<string, string | undefined>>;

/** The parts of an ssh:// URI: `ssh://[user@]host[:port]/path` (docs/protocol/wire.md §5). */
export interface SshUri {
  /** With the user, if one is named. */
  host: string;
  port: string | undefined;
  path: string;
}

const defaultSsh = '/usr/bin/ssh';

/** Splits the part behind `ssh://`. EINVAL without host or path, or with a query or fragment. */
export function parseSshUri(rest: string): SshUri {
  const match = /^([^/:?#]+)(?::(\d+))?(\/[^?#]+)$/.exec(rest);
  if (!match || match[1]!.startsWith('-')) throw new FluxError('EINVAL'); // a dash: ssh would take it for an option
  return { host: match[1]!, port: match[2], path: match[3]! };
}

/** The command that runs a relay on the other host: `SSH [-p port] [user@]host [LD_LIBRARY_PATH=…] FLUX relay /path`. */
export function sshCommand({ host, port, path }: SshUri, env: Env): string[] {
  const library = env['LD_LIBRARY_PATH'];
  return [
    env['FLUX_SSH'] ?? defaultSsh,
    ...(port === undefined ? [] : ['-p', port]),
    host,
    ...(library === undefined ? [] : [`LD_LIBRARY_PATH=${library}`]),
    env['FLUX_SSH_RCMD'] ?? fluxInPath(env),
    'relay',
    path,
  ];
}

/**
 * Whether it needs no ssh: the socket lies on this host, and neither another user nor a port, where another host may answer, is asked for.
 */
export async function isLocal({ host, port, path }: SshUri): Promise<boolean> {
  const [name, user] = host.split('@').reverse() as [string, string | undefined];
  if (port !== undefined || (user !== undefined && user !== userName(realUserId()))) return false;
  return isSocket(path) && (await isThisHost(name));
}

function isSocket(path: string): boolean {
  try {
    return fs.statSync(path).isSocket();
  } catch {
    return false; // ENOENT, or EACCES: then it is not for this user here
  }
}

/**
 * Connects through `flux relay` on another host, started by ssh (docs/protocol/wire.md §5), to a socket of this host at once. EINVAL: malformed URI;
 * ENOENT: no ssh program, which stderr explains; ECONNRESET: the relay, or ssh, ended.
 */
export async function connectSsh(rest: string, env: Env): Promise<Transport> {
  const uri = parseSshUri(rest);
  if (await isLocal(uri)) return connectLocal(uri.path);
  const child = start(sshCommand(uri, env), env);
  const stream = new JoinedStream(child.stdout!, child.stdin!);
  stream.once('close', () => child.closeStdio());
  await awaitWelcome(stream);
  return new StreamTransport(stream);
}

function start(argv: string[], env: Env): Child {
  try {
    return spawnProcess({ argv, env, stdio: ['pipe', 'pipe', 'inherit'] });
  } catch (e) {
    const error = toFluxError(e);
    fs.writeSync(2, `ssh-connector: ${argv[0]}: ${error.message}\n`);
    if (isErrno(error, 'ENOENT')) fs.writeSync(2, 'Hint: set FLUX_SSH in environment to override\n');
    throw error;
  }
}

/** The program at the same place as here is the best guess for the other host. */
function fluxInPath(env: Env): string {
  try {
    return searchPath('flux', { path: env['PATH'] }, (file) => file);
  } catch {
    return 'flux';
  }
}
