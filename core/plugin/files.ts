import fs from 'node:fs';

/** Whether there is a regular file (or a link to one) at a path; false for whatever can't be looked at. */
export function isFile(file: string): boolean {
  try {
    return fs.statSync(file).isFile();
  } catch {
    return false; // ENOENT, ENOTDIR, EACCES, ELOOP: no file to use
  }
}
