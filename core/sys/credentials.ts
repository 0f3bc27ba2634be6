import fs from 'node:fs';
import os from 'node:os';
import { FluxError, toFluxError } from './errors';

/** An entry of passwd(5). */
export interface PasswdEntry {
  name: string;
  uid: number;
  gid: number;
  home: string;
  shell: string;
}

/** The user id that access checks see (geteuid(2)). */
export const userId = (): number => process.geteuid!();
/** The real user id (getuid(2)). */
export const realUserId = (): number => process.getuid!();
/** The group id that access checks see (getegid(2)). */
export const groupId = (): number => process.getegid!();
/** Name of this machine (gethostname(2)), possibly with a domain. */
export const hostName = (): string => os.hostname();

/** The user's entry: our own from the system's name service, others from /etc/passwd. Throws ENOENT if there is none. */
export function getUser(user: number | string): PasswdEntry {
  const self = ownEntry();
  if (self && (user === self.uid || user === self.name)) return self;
  const found = passwd().find((entry) => entry.uid === user || entry.name === user);
  if (!found) throw new FluxError('ENOENT', `no such user: ${user}`);
  return found;
}

/** Name of a user id; the number as text if it has none. */
export function userName(uid: number): string {
  try {
    return getUser(uid).name;
  } catch (e) {
    if (e instanceof FluxError && e.code === 'ENOENT') return String(uid);
    throw e;
  }
}

function ownEntry(): PasswdEntry | undefined {
  try {
    const { username, uid, gid, homedir, shell } = os.userInfo();
    return { name: username, uid, gid, home: homedir, shell: shell ?? '' };
  } catch (e) {
    const { code } = toFluxError(e, 'ENOENT'); // uv_os_get_passwd: no entry for this uid
    if (code === 'ENOENT') return undefined;
    throw e;
  }
}

function passwd(): PasswdEntry[] {
  const entries: PasswdEntry[] = [];
  for (const line of fs.readFileSync('/etc/passwd', 'utf8').split('\n')) {
    const [name, , uid, gid, , home, shell] = line.split(':');
    if (name && home !== undefined && !name.startsWith('+')) {
      entries.push({ name, uid: Number(uid), gid: Number(gid), home, shell: shell ?? '' });
    }
  }
  return entries;
}
