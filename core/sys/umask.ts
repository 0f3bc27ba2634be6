import fs from 'node:fs';

/** The process's umask, read without changing it (which process.umask() does). */
export function getUmask(): number {
  const line = /^Umask:\s*([0-7]+)$/m.exec(fs.readFileSync('/proc/self/status', 'utf8'));
  return line ? Number.parseInt(line[1]!, 8) : process.umask();
}

/** Sets the process's umask and returns the one before. Main thread only: Node throws in a worker. */
export function setUmask(mask: number): number {
  return process.umask(mask);
}
