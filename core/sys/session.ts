import fs from 'node:fs';

/** The processes of a session (setsid(2)) by its leader's pid, whoever their parents are by now; zombies are left out. */
export function sessionMembers(sid: number): number[] {
  return fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && isMember(name, sid))
    .map(Number);
}

// After the command's name, in parentheses: state, ppid, pgrp, session (proc(5)).
function isMember(pid: string, sid: number): boolean {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, , , session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(session) === sid && state !== 'Z';
  } catch {
    return false; // it has ended since
  }
}
