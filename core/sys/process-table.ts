import fs from 'node:fs';

/** A process as proc(5) tells of it. */
export interface ProcessEntry {
  pid: number;
  /** One letter; `Z`: it has ended, and its parent has not asked yet. */
  state: string;
  ppid: number;
  /** Pid of the leader of its session. */
  session: number;
}

/** All processes of this machine. */
export function processTable(): ProcessEntry[] {
  const pids = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => entryOf(Number(pid)) ?? []);
}

/** The processes below `root`, parents before their children; those in `without` and what is below them are left out, zombies too. */
export function descendantsOf(root: number, without: ReadonlySet<number> = new Set()): number[] {
  const table = processTable();
  const found = [root];
  for (const parent of found) {
    for (const { pid, ppid, state } of table) if (ppid === parent && state !== 'Z' && !without.has(pid)) found.push(pid);
  }
  return found.slice(1);
}

/** The processes of a session (setsid(2)) by its leader's pid, whoever their parents are by now; zombies are left out. */
export function sessionMembers(sid: number): number[] {
  return processTable()
    .filter(({ session, state }) => session === sid && state !== 'Z')
    .map(({ pid }) => pid);
}

function entryOf(pid: number): ProcessEntry | undefined {
  try {
    // after the command's name, in parentheses: state, ppid, pgrp, session
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, ppid, , session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { pid, state: state!, ppid: Number(ppid), session: Number(session) };
  } catch {
    return undefined; // it has ended since
  }
}
