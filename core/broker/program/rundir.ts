import fs from 'node:fs';
import path from 'node:path';
import { FluxError, isErrno, toFluxError } from '../../sys/errors';

const MAX_RUNDIR = 96;
const MAX_SOCKET = 107;
const OWNER_RWX = 0o700;

/** The broker's folder for sockets and state. */
export interface Rundir {
  path: string;
  /** Removes it, if this broker made it. */
  remove(): void;
}

/** Makes or takes over the folder (contract/broker.md §10); the errors are the lines to print. */
export function openRundir(given: string | null | undefined, tmpdir: string): Rundir {
  if (given === undefined || given === null) return ours(makeTemporary(tmpdir));
  if (Buffer.byteLength(given) > MAX_RUNDIR) {
    throw new FluxError(
      'EOVERFLOW',
      `rundir length of ${Buffer.byteLength(given)} bytes exceeds max ${MAX_RUNDIR} to allow for AF_UNIX socket creation.`,
    );
  }
  const stat = fs.statSync(given, { throwIfNoEntry: false });
  if (!stat) {
    try {
      fs.mkdirSync(given, { mode: OWNER_RWX });
    } catch (e) {
      throw fail(e, `error creating rundir ${given} `);
    }
    return ours(given);
  }
  if (!stat.isDirectory()) throw new FluxError('ENOTDIR', `rundir ${given}: Not a directory`);
  if ((stat.mode & OWNER_RWX) !== OWNER_RWX) throw new FluxError('EPERM', `rundir ${given} does not have owner=rwx permissions`);
  return { path: given, remove() {} };
}

/** Checks a local-uri that was given, or makes the default. */
export function localUri(given: string | null | undefined, rundir: string, rank: number): string {
  if (given === undefined || given === null) return `local://${rundir}/local-${rank}`;
  if (!given.startsWith('local://')) throw new FluxError('EINVAL', 'local-uri is malformed');
  const socket = given.slice('local://'.length);
  const folder = path.dirname(socket);
  try {
    fs.statSync(folder);
  } catch (e) {
    throw fail(e, `cannot stat local-uri directory ${folder}`);
  }
  if (Buffer.byteLength(socket) > MAX_SOCKET) {
    throw new FluxError(
      'EOVERFLOW',
      `local-uri length of ${Buffer.byteLength(socket)} bytes exceeds max ${MAX_SOCKET} AF_UNIX socket path length`,
    );
  }
  return given;
}

function makeTemporary(tmpdir: string): string {
  try {
    return fs.mkdtempSync(path.join(tmpdir, 'flux-'));
  } catch (e) {
    throw fail(e, `cannot create directory in ${tmpdir}`);
  }
}

function ours(folder: string): Rundir {
  return {
    path: folder,
    remove() {
      try {
        fs.rmSync(folder, { recursive: true });
      } catch (e) {
        if (!isErrno(e, 'ENOENT')) throw e; // somebody was faster
      }
    },
  };
}

function fail(e: unknown, what: string): FluxError {
  const error = toFluxError(e);
  return new FluxError(error.code, `${what}: ${error.message}`, { cause: e });
}
