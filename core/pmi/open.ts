import fs from 'node:fs';
import { FluxError } from '../sys/errors';
import { streamFromFd } from '../sys/fds';
import type { SharedLibrary } from '../sys/shared-library';
import { type PmiClient, PmiSingleton, PmiWireClient } from './client';
import { findPmiLibrary } from './find-library';
import { isAloneInSlurm, missingPmi } from './launchers';
import { PmiLibraryClient } from './library';
import { connectPmi } from './port';
import { traced } from './trace';

type Env = Readonly<Record<string, string | undefined>>;

/** Hooks of {@link openPmi}; both may be left out. */
export interface OpenPmiOptions {
  /** Hears what is missing where one process alone looks like one of several tasks. */
  warn?: (text: string) => void;
  /** Looks for the launcher's library. */
  findLibrary?: (env: Env) => SharedLibrary | undefined;
}

/**
 * The PMI client that a process's environment asks for (docs/protocol/broker.md §12): the wire protocol on PMI_FD where PMI_FD, PMI_RANK and PMI_SIZE
 * are all set, on a connection to PMI_PORT where that and PMI_ID are, else the launcher's libpmi.so, else the singleton. A PMI_FD that is no socket
 * has come down from a launcher further up, and doesn't count. The descriptor belongs to the client. With FLUX_PMI_DEBUG each operation is told to
 * `trace`, a line without newline. EINVAL for numbers that are none, ELIBACC for a PMI_LIBRARY that is no PMI library.
 */
export async function openPmi(env: Env, trace: (line: string) => void, options: OpenPmiOptions = {}): Promise<PmiClient> {
  const client = await choose(env, options);
  if (env['FLUX_PMI_DEBUG'] === undefined) return client;
  const kind = client instanceof PmiSingleton ? 'single' : client instanceof PmiLibraryClient ? 'dlopen' : 'wire.1';
  return traced(client, (text) => trace(`pmi-debug-${kind}[${client.rank}]: ${text}`));
}

async function choose(env: Env, { warn = () => {}, findLibrary = findPmiLibrary }: OpenPmiOptions): Promise<PmiClient> {
  const { PMI_FD: fd, PMI_RANK: rank, PMI_SIZE: size, PMI_PORT: port, PMI_ID: id } = env;
  if (fd !== undefined && rank !== undefined && size !== undefined && isSocket(number('PMI_FD', fd))) {
    return new PmiWireClient(streamFromFd(Number(fd)), number('PMI_RANK', rank), number('PMI_SIZE', size));
  }
  if (port !== undefined && id !== undefined) return connectPmi(port, id);
  // Slurm's library counts the tasks that a batch script or salloc asks for, and would wait for them.
  const library = isAloneInSlurm(env) ? undefined : findLibrary(env);
  const client = library ? await PmiLibraryClient.open(library) : new PmiSingleton();
  const missing = client.size === 1 ? missingPmi(env) : undefined;
  if (missing !== undefined) warn(missing);
  return client;
}

function isSocket(fd: number): boolean {
  try {
    return fs.fstatSync(fd).isSocket();
  } catch {
    return false; // EBADF
  }
}

function number(name: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new FluxError('EINVAL', `${name}=${text}: not a number`);
  return Number(text);
}
