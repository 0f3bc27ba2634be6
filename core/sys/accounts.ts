import { spawnSync } from 'node:child_process';
import fs from 'node:fs';

/** An entry of passwd(5), all fields but the comment. */
export interface PasswdFields {
  name: string;
  passwd: string;
  uid: number;
  gid: number;
  dir: string;
  shell: string;
}

/** An entry of group(5). */
export interface GroupFields {
  name: string;
  gid: number;
  mem: string[];
}

/** The entry of a user, by name or id, of the system's name service; undefined if there is none. */
export function getPasswd(user: string | number): PasswdFields | undefined {
  const fields = find('passwd', user);
  if (!fields) return undefined;
  const [name, passwd, uid, gid, , dir, shell] = fields as [string, string, string, string, string, string, string];
  return { name, passwd, uid: Number(uid), gid: Number(gid), dir, shell };
}

/** The entry of a group, by name or id; undefined if there is none. */
export function getGroup(group: string | number): GroupFields | undefined {
  const fields = find('group', group);
  if (!fields) return undefined;
  const [name, , gid, members] = fields as [string, string, string, string];
  return { name, gid: Number(gid), mem: members.split(',').filter(Boolean) };
}

/** The files first; who isn't there is asked for by getent(1), which knows what the system's name service is. */
function find(database: 'passwd' | 'group', key: string | number): string[] | undefined {
  const matches = (line: string): boolean => {
    const [name, , id] = line.split(':');
    return id !== undefined && (typeof key === 'number' ? id === String(key) : name === key);
  };
  const local = fs.readFileSync(`/etc/${database}`, 'utf8').split('\n').find(matches);
  if (local !== undefined) return local.split(':');
  const { stdout } = spawnSync('getent', ['--', database, String(key)], { encoding: 'utf8' });
  const line = stdout?.split('\n').find(matches);
  return line?.split(':');
}
