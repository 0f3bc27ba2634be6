import fs from 'node:fs';

/** Command lines of all processes that have NAME=VALUE in the environment they were started with. */
export function processesWith(variable: string): string[] {
  return fs.readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      const environment = fs.readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
      return environment.includes(variable) ? [fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()] : [];
    } catch {
      return []; // it has ended, or is another user's
    }
  });
}
