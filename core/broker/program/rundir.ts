import fs from 'node:fs';
import path from 'node:path';
import { FluxError, isErrno, toFluxError } from '../../sys/errors';
import { MAX_SOCKET_PATH } from '../../sys/socket-path';

const MAX_RUNDIR = 96;
const OWNER_RWX = 0o700;

/** The broker's folder for sockets and state. */
export interface Rundir {
  path: string;
  /** Removes it, if this broker made it. */
  remove(): void;
}

/** Makes or takes over the folder (docs/protocol/broker.md §10); the errors are the lines to print. */
export function openRundir(given: string | null | undefined, tmpdir: string): Rundir {
  if (given === undefined || given === null) return ours(makeTemporary(tmpdir));
  checkRundirLength(given);
  const stat = fs.statSync(given, { throwIfNoEntry: false });
  if (!stat) {
    try {
      fs.mkdirSync(given, { mode: OWNER_RWX });
    } catch (e) {
      throw fail(e, `error creating rundir ${given} `);
    }
    return ours(given);
  }
  checkFolder('rundir', given, stat);
  return { path: given, remove() {} };
}

/** Checks a local-uri that was given, or makes the default. */
export function localUri(given: string | null | undefined, rundir: string, rank: number): string {
  if (given === undefined || given === null) return `local://${rundir}/local-${rank}`;
  if (!given.startsWith('local://')) throw new FluxError('EINVAL', 'local-uri is malformed');
  const socket = given.slice('local://'.length);
  const folder = path.dirname(socket);
  let stat: fs.Stats;
  try {
    stat = fs.statSync(folder);
  } catch (e) {
    throw fail(e, `cannot stat local-uri directory ${folder}`);
  }
  checkFolder('local-uri directory', folder, stat);
  checkLength('local-uri', socket, MAX_SOCKET_PATH, 'AF_UNIX socket path length');
  return given;
}

/** Refuses a folder in which the names of sockets would be too long. EOVERFLOW. */
export function checkRundirLength(rundir: string): void {
  checkLength('rundir', rundir, MAX_RUNDIR, 'to allow for AF_UNIX socket creation.');
}

function checkLength(what: string, file: string, max: number, why: string): void {
  const length = Buffer.byteLength(file);
  if (length > max) throw new FluxError('EOVERFLOW', `${what} length of ${length} bytes exceeds max ${max} ${why}`);
}

/** A folder of somebody's, to make sockets in: also for root its mode counts. */
function checkFolder(what: string, folder: string, stat: fs.Stats): void {
  if (!stat.isDirectory()) throw new FluxError('ENOTDIR', `${what} ${folder}: Not a directory`);
  if ((stat.mode & OWNER_RWX) !== OWNER_RWX) throw new FluxError('EPERM', `${what} ${folder} does not have owner=rwx permissions`);
}

function makeTemporary(tmpdir: string): string {
  checkRundirLength(path.join(tmpdir, 'flux-XXXXXX'));
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
